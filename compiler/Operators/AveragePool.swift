import IR
import Runtime

/// y = the mean of each window.
///
/// The divisor counts the cells of the picture, and those of the padding where `countsPadding`. The part `ceilPads`
/// [bottom, right] of the padding, which only makes a last window fit, never counts.
public struct AveragePool: KernelOperator {
  public static let name = "average_pool"
  public static let opcode = OpCode.averagePool

  public var pooling: Pooling
  public var countsPadding: Bool
  public var ceilPads: [Int]

  public init(_ pooling: Pooling, countsPadding: Bool = false, ceilPads: [Int] = [0, 0]) {
    self.pooling = pooling
    self.countsPadding = countsPadding
    self.ceilPads = ceilPads
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Pooling(attributes), countsPadding: try attributes.bool("countsPadding"),
      ceilPads: try attributes.ints("ceilPads", count: 2))
  }

  public var attributes: Attributes {
    Attributes(
      pooling.entries + [("countsPadding", .int(countsPadding ? 1 : 0)), ("ceilPads", .ints(ceilPads))])
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    let shape = try pooling.output(Self.name, x)
    for axis in 0..<2 where ceilPads[axis] < 0 || ceilPads[axis] > pooling.sliding.pads[2 + axis] {
      throw ShapeError(Self.name, "ceilPads \(ceilPads) exceed the pads \(pooling.sliding.pads)")
    }
    return try countable(TensorType(shape, x.dtype))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    let size = Array(graph.type(node.inputs[0]).shape[1...2])
    return [try graph.append(AveragePoolGrad(self, inputSize: size), outputGradient)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(input: inputs[0].shape, output: output.shape, isGradient: false))
  }

  func parameters(input: [Int], output: [Int], isGradient: Bool) -> AveragePoolParameters {
    AveragePoolParameters(
      shape: pooling.shape(input: input, output: output), isGradient: isGradient, countsPadding: countsPadding,
      padBottom: pooling.sliding.pads[2] - ceilPads[0], padRight: pooling.sliding.pads[3] - ceilPads[1])
  }

  public static var samples: [Sample] {
    let padded = Sliding(strides: [2, 2], pads: [1, 1, 1, 1])
    return [
      Sample(AveragePool(Pooling(kernel: [2, 2], Sliding(strides: [2, 2]))), TensorType(2, 4, 5, 3)),
      Sample(AveragePool(Pooling(kernel: [3, 3], padded)), TensorType(1, 5, 6, 2)),
      Sample(AveragePool(Pooling(kernel: [3, 3], padded), countsPadding: true), TensorType(1, 5, 6, 2)),
      Sample(
        AveragePool(
          Pooling(kernel: [3, 3], Sliding(strides: [2, 2], pads: [1, 1, 2, 2])), countsPadding: true,
          ceilPads: [1, 1]), TensorType(1, 6, 6, 1)),
      Sample(AveragePool(Pooling(kernel: [1, 2], Sliding(dilations: [1, 3]))), TensorType(1, 1, 6, 1)),
      Sample(AveragePool(Pooling(kernel: [1, 1])), TensorType(1, 1, 1, 1)),
    ]
  }
}

/// dx of average pooling. Operand: dy.
public struct AveragePoolGrad: KernelOperator {
  public static let name = "average_pool_grad"
  public static let opcode = OpCode.averagePoolGrad

  public var forward: AveragePool
  /// Height and width of the input.
  public var inputSize: [Int]

  public init(_ forward: AveragePool, inputSize: [Int]) {
    self.forward = forward
    self.inputSize = inputSize
  }

  /// Whether each mean is one over a whole picture.
  public var isGlobal: Bool {
    let sliding = forward.pooling.sliding
    return forward.pooling.kernel == inputSize && sliding.pads.allSatisfy { $0 == 0 }
      && sliding.dilations.allSatisfy { $0 == 1 }
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try AveragePool(attributes: attributes), inputSize: try attributes.ints("inputSize", count: 2))
  }

  public var attributes: Attributes {
    Attributes(forward.attributes.entries.map { ($0.name, $0.value) } + [("inputSize", .ints(inputSize))])
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let dy = try only(inputs)
    guard dy.rank == 4 else { throw ShapeError(Self.name, "has \(dy)") }
    let x = try countable(TensorType([dy.shape[0]] + inputSize + [dy.shape[3]], dy.dtype))
    guard try forward.infer([x]) == dy else {
      throw ShapeError(Self.name, "\(dy) is not the output for an input \(x)")
    }
    return x
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(forward.parameters(input: output.shape, output: inputs[0].shape, isGradient: true))
  }

  public static var samples: [Sample] {
    [
      Sample(
        AveragePoolGrad(AveragePool(Pooling(kernel: [2, 2], Sliding(strides: [2, 2]))), inputSize: [4, 5]),
        TensorType(1, 2, 2, 3))
    ]
  }
}
