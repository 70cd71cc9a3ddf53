import IR
import Runtime

/// dx of a depthwise convolution. Operands: dy, w, region weights where `region`.
public struct DepthwiseGradInput: KernelOperator {
  public static let name = "depthwise_grad_input"
  public static let opcode = OpCode.depthwiseGradInput

  public var sliding: Sliding
  /// Height, width and channels of the input.
  public var input: [Int]
  public var region: Range<Int>?

  public init(_ sliding: Sliding, input: [Int], region: Range<Int>? = nil) {
    self.sliding = sliding
    self.input = input
    self.region = region
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Sliding(attributes), input: try attributes.ints("input", count: 3), region: try attributes.region())
  }

  public var attributes: Attributes {
    Attributes(sliding.entries + [("input", .ints(input))] + Attributes.regionEntries(region))
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: region == nil ? 2 : 3)
    guard let batch = inputs[0].shape.first else { throw ShapeError(Self.name, "has \(inputs[0])") }
    let x = try countable(TensorType([batch] + input, inputs[0].dtype))
    guard try DepthwiseConv(sliding, region: region).infer([x] + inputs.dropFirst()) == inputs[0] else {
      throw ShapeError(Self.name, "\(inputs[0]) is not the output for an input \(x)")
    }
    return x
  }

  public func roles(_ count: Int) -> [OperandRole] { [.activation] + Array(repeating: .weight, count: count - 1) }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[0].count * inputs[1].shape[1] * inputs[1].shape[2]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = depthwiseShape(
      sliding, x: output.shape, w: inputs[1].shape, y: inputs[0].shape, region: region)
    return words(DepthwiseGradInputParameters(shape: shape))
  }

  public static var samples: [Sample] {
    [
      Sample(
        DepthwiseGradInput(Sliding(strides: [2, 2], pads: [1, 1, 1, 1]), input: [4, 5, 2]), TensorType(1, 2, 3, 4),
        TensorType(1, 3, 3, 4))
    ]
  }
}

/// dw of a depthwise convolution, `[1,KH,KW,C·m]`. Operands: x, dy.
public struct DepthwiseGradWeight: KernelOperator {
  public static let name = "depthwise_grad_weight"
  public static let opcode = OpCode.depthwiseGradWeight

  public var sliding: Sliding
  /// Height and width of the kernel.
  public var kernel: [Int]

  public init(_ sliding: Sliding, kernel: [Int]) {
    self.sliding = sliding
    self.kernel = kernel
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try Sliding(attributes), kernel: try attributes.ints("kernel", count: 2))
  }

  public var attributes: Attributes { Attributes(sliding.entries + [("kernel", .ints(kernel))]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    let (x, dy) = (inputs[0], inputs[1])
    guard let outputs = dy.shape.last else { throw ShapeError(Self.name, "has \(dy)") }
    let w = try countable(TensorType([1] + kernel + [outputs], x.dtype))
    guard try DepthwiseConv(sliding).infer([x, w]) == dy else {
      throw ShapeError(Self.name, "\(dy) is not the output for \(x) and \(w)")
    }
    return w
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[1].count * output.shape[1] * output.shape[2]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = depthwiseShape(
      sliding, x: inputs[0].shape, w: output.shape, y: inputs[1].shape, region: nil)
    return words(DepthwiseGradWeightParameters(shape: shape))
  }

  public static var samples: [Sample] {
    [
      Sample(
        DepthwiseGradWeight(Sliding(strides: [2, 2], pads: [1, 1, 1, 1]), kernel: [3, 3]), TensorType(1, 4, 5, 2),
        TensorType(1, 2, 3, 4))
    ]
  }
}
