import IR
import Runtime

/// dx of an integer convolution. Operands: h (dy with the weight scales folded in), w, region weights where `region`, then
/// those of the epilogue.
public struct QuantizedGradInput: GradientWriter {
  public static let name = "quantized_grad_input"
  public static let opcode = OpCode.quantizedGradInput

  public var sliding: Sliding
  /// Height and width of the input.
  public var inputSize: [Int]
  public var groups: Int
  public var region: Range<Int>?
  /// Outputs of the region; nil for all.
  public var rows: Range<Int>?
  public var epilogue: GradientEpilogue

  public init(
    _ sliding: Sliding, inputSize: [Int], groups: Int, region: Range<Int>? = nil, rows: Range<Int>? = nil,
    _ epilogue: GradientEpilogue = GradientEpilogue()
  ) {
    self.rows = rows
    self.sliding = sliding
    self.inputSize = inputSize
    self.groups = groups
    self.region = region
    self.epilogue = epilogue
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let float = try ConvGradInput(attributes: attributes)
    self.init(
      float.sliding, inputSize: float.inputSize, groups: float.groups, region: float.region, rows: float.rows,
      try GradientEpilogue(attributes))
  }

  public var attributes: Attributes { Attributes(float.attributes.pairs + epilogue.entries) }
  private var float: ConvGradInput {
    ConvGradInput(sliding, inputSize: inputSize, groups: groups, region: region, rows: rows)
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let own = region == nil ? 2 : 3
    guard inputs.count == own + epilogue.operandCount else { throw ShapeError(Self.name, "has \(inputs)") }
    try expectGradient(inputs[0])
    for weight in inputs[1..<own] where weight.dtype != .i8 { throw ShapeError(Self.name, "has weights \(weight)") }
    let dx = try float.infer(inputs[..<own].map { TensorType($0.shape) })
    return try epilogue.infer(Self.name, dx.shape, inputs[own...])
  }

  public func roles(_ count: Int) -> [OperandRole] {
    [.activation, .weight] + Array(repeating: .activation, count: count - 2)
  }
  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    sumBytes(inputs[0]) * output.shape[3]
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[0].dtype == .q8 ? macs(inputs, output) : nil
  }
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    TileScratch.bytes(rows: output.shape[...2].reduce(1, *), steps: products(inputs) ?? 0)
  }
  /// Weights are [O,KH,KW,I/groups].
  public func products(_ inputs: [TensorType]) -> Int? {
    inputs[1].shape[0] / groups * inputs[1].shape[1] * inputs[1].shape[2]
  }
  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[0].count * inputs[1].count / inputs[1].shape[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = convShape(
      sliding, x: output.shape, w: inputs[1].shape, y: inputs[0].shape, groups: groups, region: region, rows: rows)
    return words(
      QuantizedGradInputParameters(
        shape: shape, output: epilogue.output(source: inputs[0], output),
        slots: slots(
          true, true, true, region != nil, epilogue.hasMask, epilogue.hasFold, epilogue.hasRange, true)))
  }

  public static var samples: [Sample] {
    Conv.samples.enumerated().map { index, sample in
      let conv = sample.op as! Conv
      let (x, w) = (sample.inputs[0].shape, sample.inputs[1].shape)
      let dy = (try? conv.infer(sample.inputs))?.shape ?? []
      let epilogue = GradientEpilogue.sampled[index % GradientEpilogue.sampled.count]
      let source = [DType.q8, .q16, .f32][index % 3]
      let op = QuantizedGradInput(
        conv.sliding, inputSize: Array(x[1...2]), groups: conv.groups, region: conv.region, rows: conv.rows,
        epilogue)
      let region = conv.region.map { [TensorType([conv.rows?.count ?? w[0], w[1], w[2], $0.count], .i8)] } ?? []
      return Sample(
        op, inputs: [TensorType(dy, source), TensorType(w, .i8)] + region + epilogue.sampleOperands(x))
    }
  }
}

/// dx of an integer depthwise convolution; operands as `QuantizedGradInput`.
public struct QuantizedDepthwiseGradInput: GradientWriter, InPlaceWindow {
  public static let name = "quantized_depthwise_grad_input"
  public static let opcode = OpCode.quantizedDepthwiseGradInput

  public var sliding: Sliding
  /// Height, width and channels of the input.
  public var input: [Int]
  public var region: Range<Int>?
  public var epilogue: GradientEpilogue
  public var isInPlace = false

  public init(
    _ sliding: Sliding, input: [Int], region: Range<Int>? = nil, _ epilogue: GradientEpilogue = GradientEpilogue()
  ) {
    self.sliding = sliding
    self.input = input
    self.region = region
    self.epilogue = epilogue
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let float = try DepthwiseGradInput(attributes: attributes)
    self.init(float.sliding, input: float.input, region: float.region, try GradientEpilogue(attributes))
    isInPlace = try attributes.bool("inPlace")
  }

  public var attributes: Attributes { Attributes(float.attributes.pairs + epilogue.entries + [inPlaceEntry]) }
  private var float: DepthwiseGradInput { DepthwiseGradInput(sliding, input: input, region: region) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let own = region == nil ? 2 : 3
    guard inputs.count == own + epilogue.operandCount else { throw ShapeError(Self.name, "has \(inputs)") }
    try expectGradient(inputs[0])
    for weight in inputs[1..<own] where weight.dtype != .i8 { throw ShapeError(Self.name, "has weights \(weight)") }
    let dx = try float.infer(inputs[..<own].map { TensorType($0.shape) })
    return try expectingInPlace(inputs, epilogue.infer(Self.name, dx.shape, inputs[own...]))
  }

  public func roles(_ count: Int) -> [OperandRole] {
    [.activation, .weight] + Array(repeating: .activation, count: count - 2)
  }
  /// Weights are [1,KH,KW,O].
  public func products(_ inputs: [TensorType]) -> Int? {
    inputs[1].shape[3] / input[2] * inputs[1].shape[1] * inputs[1].shape[2]
  }
  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.shape[3] * (sumBytes(inputs[0]) + delay(inputs, output))
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[0].dtype == .q8 && region == nil && inputs[0].shape[3] == output.shape[3] ? macs(inputs, output) : nil
  }

  /// The last to read a pixel of dy is the one that the lower right corner of the kernel leads to.
  public func possibleDelay(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    guard sliding.strides == [1, 1], inputs[0] == output, output.dtype == .q8 else { return nil }
    let reach = (0..<2).map { (inputs[1].shape[1 + $0] - 1) * sliding.dilations[$0] - sliding.pads[$0] }
    return reach[0] * output.shape[2] + reach[1]
  }
  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    inputs[0].count * inputs[1].shape[1] * inputs[1].shape[2]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = depthwiseShape(sliding, x: output.shape, w: inputs[1].shape, y: inputs[0].shape, region: region)
    return words(
      QuantizedDepthwiseGradInputParameters(
        shape: shape, output: epilogue.output(source: inputs[0], output),
        delay: delay(inputs, output),
        slots: slots(
          true, true, true, region != nil, epilogue.hasMask, epilogue.hasFold, epilogue.hasRange, true)))
  }

  public static var samples: [Sample] {
    DepthwiseConv.samples.enumerated().flatMap { index, sample in
      let conv = sample.op as! DepthwiseConv
      let (x, w) = (sample.inputs[0].shape, sample.inputs[1].shape)
      let dy = (try? conv.infer(sample.inputs))?.shape ?? []
      let epilogue = GradientEpilogue.sampled[index % GradientEpilogue.sampled.count]
      let source = [DType.q8, .q16, .f32][index % 3]
      let op = QuantizedDepthwiseGradInput(conv.sliding, input: Array(x[1...3]), region: conv.region, epilogue)
      let region = conv.region.map { [TensorType([1, w[1], w[2], $0.count], .i8)] } ?? []
      return op.samples(
        inputs: [TensorType(dy, source), TensorType(w, .i8)] + region + epilogue.sampleOperands(x), range: -1...1)
    }
  }
}
