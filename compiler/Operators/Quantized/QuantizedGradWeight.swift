import IR
import Runtime

/// dw of an integer convolution in real units, f32 `[O,KH,KW,I/groups]`, or of some `rows` of it. Operands: x, h, s_x / s_w
/// of the wanted outputs (f32 [O]).
public struct QuantizedGradWeight: IntegerOperator {
  public static let name = "quantized_grad_weight"
  public static let opcode = OpCode.quantizedGradWeight

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
    let float = try ConvGradWeight(attributes: attributes)
    self.init(float.sliding, kernel: float.kernel, groups: float.groups, rows: float.rows)
  }

  private var float: ConvGradWeight { ConvGradWeight(sliding, kernel: kernel, groups: groups, rows: rows) }
  public var attributes: Attributes { float.attributes }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 3)
    _ = try expectActivation(inputs[0])
    try expectGradient(inputs[1])
    let w = try float.infer(inputs[..<2].map { TensorType($0.shape) })
    guard inputs[2] == TensorType(w.shape[0]) else { throw ShapeError(Self.name, "has scales \(inputs[2])") }
    return w
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    let shape = shape(inputs, output)
    return shape.integerScratchBytes(sums: min(output.shape[0], max(1, 8192 / (8 * shape.columns))))
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int { float.macs(inputs, output) }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[1].dtype == .q8 ? macs(inputs, output) : nil
  }
  /// Half of it holds sums, of 8 bytes for each column.
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { 16 * output.count }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs, output))
  }

  /// - Parameter isSum: whether what is there is added to.
  func parameters(
    _ inputs: [TensorType], _ output: TensorType, isSum: Bool = false
  ) -> QuantizedGradWeightParameters {
    QuantizedGradWeightParameters(
      shape: shape(inputs, output), inputZero: inputs[0].activation!.zeroPoint,
      source: GradientFormat(inputs[1].dtype) ?? .f32, slots: slots(true, true, true, true, isSum, true))
  }

  func shape(_ inputs: [TensorType], _ output: TensorType) -> ConvShape {
    convShape(
      sliding, x: inputs[0].shape, w: output.shape, y: inputs[1].shape, groups: groups, region: nil, rows: rows)
  }

  public static var samples: [Sample] {
    Conv.samples.filter { ($0.op as! Conv).region == nil }.enumerated().map { index, sample in
      let conv = sample.op as! Conv
      let w = sample.inputs[1].shape
      let dy = (try? conv.infer(sample.inputs))?.shape ?? []
      // Every third takes some rows, where there are no groups.
      let rows = index % 3 == 1 && conv.groups == 1 && w[0] > 1 ? 1..<w[0] : nil
      let op = QuantizedGradWeight(conv.sliding, kernel: Array(w[1...2]), groups: conv.groups, rows: rows)
      return Sample(
        op, .activation(sample.inputs[0].shape, scale: 0.1, zeroPoint: -7),
        TensorType(dy, [DType.q8, .q16, .f32][index % 3]), TensorType(rows?.count ?? w[0]))
    }
  }
}

/// dw of an integer depthwise convolution in real units, f32 `[1,KH,KW,outputs]`.
///
/// Operands: x, h, s_x / s_w (f32 [outputs]). Where a region is trained, x is its slice, and h has all channels, of which
/// `outputs` from `start` on belong to x.
public struct QuantizedDepthwiseGradWeight: IntegerOperator {
  public static let name = "quantized_depthwise_grad_weight"
  public static let opcode = OpCode.quantizedDepthwiseGradWeight

  public var sliding: Sliding
  public var kernel: [Int]
  public var start: Int
  public var outputs: Int

  public init(_ sliding: Sliding, kernel: [Int], start: Int, outputs: Int) {
    self.sliding = sliding
    self.kernel = kernel
    self.start = start
    self.outputs = outputs
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let float = try DepthwiseGradWeight(attributes: attributes)
    self.init(
      float.sliding, kernel: float.kernel, start: try attributes.int("start"), outputs: try attributes.int("outputs"))
  }

  public var attributes: Attributes {
    Attributes(
      DepthwiseGradWeight(sliding, kernel: kernel).attributes.pairs
        + [("start", .int(start)), ("outputs", .int(outputs))])
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 3)
    _ = try expectActivation(inputs[0])
    try expectGradient(inputs[1])
    guard inputs[1].rank == 4, start >= 0, outputs > 0, start <= inputs[1].shape[3] - outputs,
      inputs[2] == TensorType(outputs)
    else { throw ShapeError(Self.name, "has \(inputs) for \(outputs) outputs from \(start) on") }
    let dy = TensorType(inputs[1].shape.dropLast() + [outputs])
    return try DepthwiseGradWeight(sliding, kernel: kernel).infer([TensorType(inputs[0].shape), dy])
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { sumBytes(inputs[1]) * output.count }
  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[1].count / inputs[1].shape[3] * output.count
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[1].dtype == .q8 && inputs[0].shape[3] == outputs ? macs(inputs, output) : nil
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs, output))
  }

  /// - Parameter isSum: whether what is there is added to.
  func parameters(
    _ inputs: [TensorType], _ output: TensorType, isSum: Bool = false
  ) -> QuantizedDepthwiseGradWeightParameters {
    let y = inputs[1].shape.dropLast() + [outputs]
    let shape = depthwiseShape(sliding, x: inputs[0].shape, w: output.shape, y: Array(y), region: nil)
    return QuantizedDepthwiseGradWeightParameters(
      shape: shape, channels: inputs[1].shape[3], start: start, inputZero: inputs[0].activation!.zeroPoint,
      source: GradientFormat(inputs[1].dtype) ?? .f32, slots: slots(true, true, true, true, isSum, true))
  }

  public static var samples: [Sample] {
    DepthwiseConv.samples.filter { ($0.op as! DepthwiseConv).region == nil }.enumerated().map { index, sample in
      let conv = sample.op as! DepthwiseConv
      let w = sample.inputs[1].shape
      var dy = (try? conv.infer(sample.inputs))?.shape ?? []
      dy[3] += index
      let op = QuantizedDepthwiseGradWeight(
        conv.sliding, kernel: Array(w[1...2]), start: index, outputs: w[3])
      return Sample(
        op, .activation(sample.inputs[0].shape, scale: 0.1, zeroPoint: -7),
        TensorType(dy, [DType.q8, .q16, .f32][index % 3]), TensorType(w[3]))
    }
  }
}

/// db[o] = Σ h[·,o] / s_w[o], f32. Operands: h, 1 / s_w.
public struct QuantizedGradBias: IntegerOperator, PlainOperator {
  public static let name = "quantized_grad_bias"
  public static let opcode = OpCode.quantizedGradBias
  public static var samples: [Sample] {
    [DType.f32, .q8, .q16].map { Sample(QuantizedGradBias(), TensorType([2, 3, 5], $0), TensorType(5)) }
  }

  public init() {}

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectGradient(inputs[0])
    guard let channels = inputs[0].shape.last, inputs[1] == TensorType(channels) else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    return inputs[1]
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { sumBytes(inputs[0]) * output.count }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      QuantizedGradBiasParameters(
        pixels: inputs[0].count / output.count, channels: output.count,
        source: GradientFormat(inputs[0].dtype) ?? .f32, slots: slots(true, true, true, true)))
  }
}
