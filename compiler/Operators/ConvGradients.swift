import IR
import Runtime

/// dx of a convolution. Operands: dy, w, region weights where `region`; output `[N,H,W,I]`.
public struct ConvGradInput: KernelOperator {
  public static let name = "conv_grad_input"
  public static let opcode = OpCode.convGradInput

  public var sliding: Sliding
  /// Height and width of the input.
  public var inputSize: [Int]
  public var groups: Int
  public var region: Range<Int>?
  /// Outputs of the region; nil for all.
  public var rows: Range<Int>?

  public init(
    _ sliding: Sliding, inputSize: [Int], groups: Int, region: Range<Int>? = nil, rows: Range<Int>? = nil
  ) {
    self.sliding = sliding
    self.inputSize = inputSize
    self.groups = groups
    self.region = region
    self.rows = rows
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Sliding(attributes), inputSize: try attributes.ints("inputSize", count: 2),
      groups: try attributes.int("groups"), region: try attributes.region(), rows: try attributes.region("rows"))
  }

  public var attributes: Attributes {
    Attributes(
      sliding.entries + [("inputSize", .ints(inputSize)), ("groups", .int(groups))]
        + Attributes.regionEntries(region, rows: rows))
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: region == nil ? 2 : 3)
    let (dy, w) = (inputs[0], inputs[1])
    guard dy.rank == 4, w.rank == 4, groups > 0, groups <= Int32.max else {
      throw ShapeError(Self.name, "has \(dy) and \(w)")
    }
    let x = try countable(TensorType([dy.shape[0]] + inputSize + [w.shape[3] * groups], dy.dtype))
    let forward = Conv(sliding, groups: groups, region: region, rows: rows)
    guard try forward.infer([x] + inputs.dropFirst()) == dy else {
      throw ShapeError(Self.name, "\(dy) is not the output for an input \(x)")
    }
    return x
  }

  public func roles(_ count: Int) -> [OperandRole] { [.activation] + Array(repeating: .weight, count: count - 1) }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    shape(inputs, output).scratchBytes(output.dtype.bytes(1))
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[0].count * inputs[1].count / inputs[1].shape[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ConvGradInputParameters(shape: shape(inputs, output)))
  }

  private func shape(_ inputs: [TensorType], _ output: TensorType) -> ConvShape {
    convShape(
      sliding, x: output.shape, w: inputs[1].shape, y: inputs[0].shape, groups: groups, region: region, rows: rows)
  }

  public static var samples: [Sample] {
    [
      Sample(ConvGradInput(Sliding(), inputSize: [2, 3], groups: 1), TensorType(2, 2, 3, 4), TensorType(4, 1, 1, 3)),
      Sample(
        ConvGradInput(Sliding(strides: [2, 2], pads: [1, 1, 1, 1]), inputSize: [4, 5], groups: 2, region: nil),
        TensorType(1, 2, 3, 4), TensorType(4, 3, 3, 1)),
    ]
  }
}

/// dw of a convolution, `[O,KH,KW,I/groups]`, or of some `rows` of it. Operands: x, dy.
public struct ConvGradWeight: KernelOperator {
  public static let name = "conv_grad_weight"
  public static let opcode = OpCode.convGradWeight

  public var sliding: Sliding
  /// Height and width of the kernel.
  public var kernel: [Int]
  public var groups: Int
  /// Outputs whose weights' gradient is wanted; nil for all.
  public var rows: Range<Int>?

  public init(_ sliding: Sliding, kernel: [Int], groups: Int, rows: Range<Int>? = nil) {
    self.sliding = sliding
    self.kernel = kernel
    self.groups = groups
    self.rows = rows
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Sliding(attributes), kernel: try attributes.ints("kernel", count: 2), groups: try attributes.int("groups"),
      rows: try attributes.region("rows"))
  }

  public var attributes: Attributes {
    Attributes(
      sliding.entries + [("kernel", .ints(kernel)), ("groups", .int(groups))]
        + Attributes.regionEntries(nil, rows: rows))
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    let (x, dy) = (inputs[0], inputs[1])
    guard x.rank == 4, dy.rank == 4, groups > 0, x.shape[3] % groups == 0 else {
      throw ShapeError(Self.name, "has \(x) and \(dy) in \(groups) groups")
    }
    let w = try countable(TensorType([dy.shape[3]] + kernel + [x.shape[3] / groups], x.dtype))
    guard try Conv(sliding, groups: groups).infer([x, w]) == dy else {
      throw ShapeError(Self.name, "\(dy) is not the output for \(x) and \(w)")
    }
    guard let rows else { return w }
    guard groups == 1, rows.upperBound <= w.shape[0] else {
      throw ShapeError(Self.name, "no rows \(rows) in \(w.shape[0]) outputs, \(groups) groups")
    }
    return TensorType([rows.count] + w.shape[1...], w.dtype)
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    shape(inputs, output).scratchBytes(output.dtype.bytes(1))
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[1].count / inputs[1].shape[3] * output.count
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ConvGradWeightParameters(shape: shape(inputs, output)))
  }

  private func shape(_ inputs: [TensorType], _ output: TensorType) -> ConvShape {
    convShape(
      sliding, x: inputs[0].shape, w: output.shape, y: inputs[1].shape, groups: groups, region: nil, rows: rows)
  }

  public static var samples: [Sample] {
    [
      Sample(ConvGradWeight(Sliding(), kernel: [1, 1], groups: 1), TensorType(2, 2, 3, 4), TensorType(2, 2, 3, 5)),
      Sample(
        ConvGradWeight(Sliding(strides: [2, 2], pads: [1, 1, 1, 1]), kernel: [3, 3], groups: 2),
        TensorType(1, 4, 5, 2), TensorType(1, 2, 3, 4)),
      Sample(
        ConvGradWeight(Sliding(), kernel: [1, 1], groups: 1, rows: 1..<4), TensorType(2, 1, 3, 4),
        TensorType(2, 1, 3, 5)),
    ]
  }
}
