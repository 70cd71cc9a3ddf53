import IR
import Runtime

/// What pooling operators share: a kernel [height, width] that slides over NHWC pictures.
public struct Pooling: Hashable, Sendable {
  public var kernel: [Int]
  public var sliding: Sliding

  public init(kernel: [Int], _ sliding: Sliding = Sliding()) {
    self.kernel = kernel
    self.sliding = sliding
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    kernel = try attributes.ints("kernel", count: 2)
    sliding = try Sliding(attributes)
  }

  var entries: [(String, AttributeValue)] { [("kernel", .ints(kernel))] + sliding.entries }

  /// Shape of the pooled picture.
  ///
  /// - Throws: `ShapeError`, also where a window would see nothing but padding.
  func output(_ op: String, _ x: TensorType) throws(ShapeError) -> [Int] {
    let size = try sliding.output(op, x, kernel: kernel)
    for axis in 0..<2 {
      let input = x.shape[1 + axis]
      for position in 0..<size[axis] {
        let start = position * sliding.strides[axis] - sliding.pads[axis]
        let seesPicture = (0..<kernel[axis]).contains { tap in
          (0..<input).contains(start + tap * sliding.dilations[axis])
        }
        guard seesPicture else { throw ShapeError(op, "a window sees padding only") }
      }
    }
    return [x.shape[0], size[0], size[1], x.shape[3]]
  }

  func shape(input: [Int], output: [Int]) -> PoolShape {
    let window = sliding.window(input: input, output: [output[1], output[2]], kernel: kernel)
    return PoolShape(window: window, channels: input[3])
  }
}

/// y = the largest value of each window; padding never wins.
public struct MaxPool: KernelOperator {
  public static let name = "max_pool"
  public static let opcode = OpCode.maxPool

  public var pooling: Pooling

  public init(_ pooling: Pooling) { self.pooling = pooling }
  public init(attributes: Attributes) throws(AttributeError) { pooling = try Pooling(attributes) }
  public var attributes: Attributes { Attributes(pooling.entries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    return try countable(TensorType(try pooling.output(Self.name, x), x.dtype))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    let size = Array(graph.type(node.inputs[0]).shape[1...2])
    let index = try graph.append(MaxPoolIndex(pooling), node.inputs[0])
    return [try graph.append(MaxPoolGrad(pooling, inputSize: size), outputGradient, index)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(MaxPoolParameters(shape: pooling.shape(input: inputs[0].shape, output: output.shape), isIndex: false))
  }

  public static var samples: [Sample] {
    [
      Sample(MaxPool(Pooling(kernel: [2, 2], Sliding(strides: [2, 2]))), TensorType(2, 4, 5, 3)),
      Sample(MaxPool(Pooling(kernel: [3, 3], Sliding(pads: [1, 1, 1, 1]))), TensorType(1, 4, 3, 2)),
      Sample(
        MaxPool(Pooling(kernel: [3, 2], Sliding(strides: [2, 3], pads: [1, 0, 1, 1], dilations: [1, 2]))),
        TensorType(1, 7, 8, 1)),
      Sample(MaxPool(Pooling(kernel: [1, 4], Sliding(strides: [1, 3]))), TensorType(1, 1, 10, 5)),
      Sample(MaxPool(Pooling(kernel: [1, 1])), TensorType(1, 1, 1, 1)),
    ]
  }
}

/// The winning tap (u8, in scan order) of each window, the first of equals: what backward needs of x.
public struct MaxPoolIndex: KernelOperator {
  public static let name = "max_pool_index"
  public static let opcode = OpCode.maxPoolIndex

  public var pooling: Pooling

  public init(_ pooling: Pooling) { self.pooling = pooling }
  public init(attributes: Attributes) throws(AttributeError) { pooling = try Pooling(attributes) }
  public var attributes: Attributes { Attributes(pooling.entries) }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = try pooling.output(Self.name, try only(inputs))
    guard pooling.kernel[0] * pooling.kernel[1] <= 255 else {
      throw ShapeError(Self.name, "windows of more than 255 cells have no gradient, has \(pooling.kernel)")
    }
    return try countable(TensorType(shape, .u8))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(MaxPoolParameters(shape: pooling.shape(input: inputs[0].shape, output: output.shape), isIndex: true))
  }

  public static var samples: [Sample] {
    [Sample(MaxPoolIndex(Pooling(kernel: [2, 2], Sliding(strides: [2, 2]))), TensorType(1, 4, 5, 3))]
  }
}

/// dx of max pooling. Operands: dy, winning taps.
public struct MaxPoolGrad: KernelOperator {
  public static let name = "max_pool_grad"
  public static let opcode = OpCode.maxPoolGrad

  public var pooling: Pooling
  /// Height and width of the input.
  public var inputSize: [Int]

  public init(_ pooling: Pooling, inputSize: [Int]) {
    self.pooling = pooling
    self.inputSize = inputSize
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try Pooling(attributes), inputSize: try attributes.ints("inputSize", count: 2))
  }

  public var attributes: Attributes { Attributes(pooling.entries + [("inputSize", .ints(inputSize))]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    let (dy, index) = (inputs[0], inputs[1])
    guard dy.rank == 4, index.shape == dy.shape, index.dtype == .u8 else {
      throw ShapeError(Self.name, "has \(dy) and \(index)")
    }
    let x = try countable(TensorType([dy.shape[0]] + inputSize + [dy.shape[3]], dy.dtype))
    guard try pooling.output(Self.name, x) == dy.shape else {
      throw ShapeError(Self.name, "\(dy) is not the output for an input \(x)")
    }
    return x
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(MaxPoolGradParameters(shape: pooling.shape(input: output.shape, output: inputs[0].shape)))
  }

  public static var samples: [Sample] {
    [
      Sample(
        MaxPoolGrad(Pooling(kernel: [2, 2], Sliding(strides: [2, 2])), inputSize: [4, 5]), TensorType(1, 2, 2, 3),
        TensorType([1, 2, 2, 3], .u8), range: 0...1)
    ]
  }
}
