import IR
import Runtime

/// q = clamp(rnd(x / scale) + zeroPoint) to int8, halves to even: ONNX QuantizeLinear, one scale for the tensor.
public struct Quantize: IntegerOperator {
  public static let name = "quantize"
  public static let opcode = OpCode.quantize
  public static var samples: [Sample] {
    [
      Sample(Quantize(scale: 0.02, zeroPoint: -3), TensorType(2, 3, 5), range: -4...4),
      Sample(Quantize(scale: 1, zeroPoint: 0), TensorType(1)),
    ]
  }

  public let scale: Float
  public let zeroPoint: Int

  public init(scale: Float, zeroPoint: Int) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(scale: Float(attributes.float("scale")), zeroPoint: attributes.int("zeroPoint"))
  }

  public var attributes: Attributes { ["scale": .float(Double(scale)), "zeroPoint": .int(zeroPoint)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard x.dtype == .f32 else { throw ShapeError(Self.name, "takes f32, not \(x)") }
    return try QuantizedOutput(scale: scale, zeroPoint: zeroPoint).type(Self.name, x.shape)
  }

  /// Straight-through estimator: the identity, but 0 where the value was clipped.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.straightThrough(outputGradient, node.output, low: -128, high: 127) : nil]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(QuantizeParameters(count: output.count, scale: scale, zeroPoint: zeroPoint))
  }
}

/// x = (q − z) · s, as the operand's type says: ONNX DequantizeLinear.
///
/// Operands: q (i8 or i32), and where its type has one scale for each index of an axis, those scales as f32 [channels]
/// (`Graph.dequantize` adds them).
public struct Dequantize: IntegerOperator, PlainOperator {
  public static let name = "dequantize"
  public static let opcode = OpCode.dequantize
  public static var samples: [Sample] {
    [
      Sample(Dequantize(), .activation([2, 3, 5], scale: 0.02, zeroPoint: 7)),
      Sample(Dequantize(), .weight([2, 1, 3, 2], scales: [0.1, 0.2], axis: 0), TensorType(2)),
      Sample(Dequantize(), .weight([1, 2, 2, 3], scales: [0.1, 0.2, 0.3], axis: 3), TensorType(3)),
      Sample(
        Dequantize(),
        TensorType([3], .i32, quantization: Quantization(scales: [1, 2, 3], zeroPoints: [0, 0, 0], axis: 0)),
        TensorType(3)),
    ]
  }

  public init() {}

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let q = inputs.first?.quantization, let input = inputs.first, input.dtype == .i8 || input.dtype == .i32,
      q.scales.allSatisfy({ $0 > 0 && $0.isFinite }), Set(q.zeroPoints).count == 1,
      q.scales.count == (q.axis.map { input.shape.indices.contains($0) ? input.shape[$0] : 0 } ?? 1)
    else { throw ShapeError(Self.name, "has \(inputs)") }
    try expect(inputs, count: q.axis == nil ? 1 : 2)
    if q.axis != nil, inputs[1] != TensorType(q.scales.count) {
      throw ShapeError(Self.name, "has scales \(inputs[1]) for \(input)")
    }
    return TensorType(input.shape)
  }

  /// The gradient of a real value is that of the integer's real value.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? outputGradient : nil] + node.inputs.dropFirst().map { _ in nil }
  }

  /// The scales of the integers.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { Set(1..<count) }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let (shape, q) = (inputs[0].shape, inputs[0].quantization!)
    let axis = q.axis ?? 0
    let isWhole = q.axis == nil
    return words(
      DequantizeParameters(
        outer: isWhole ? 1 : shape[..<axis].reduce(1, *), channels: isWhole ? 1 : shape[axis],
        inner: isWhole ? output.count : shape[(axis + 1)...].reduce(1, *), zeroPoint: Int(q.zeroPoints[0]),
        isWide: inputs[0].dtype == .i32, scale: isWhole ? q.scales[0] : nil))
  }
}

extension Graph {
  /// Appends `Dequantize` of an integer value, with its scales where they differ along an axis.
  ///
  /// - Parameter scales: name of the constant that then holds them.
  public mutating func dequantize(_ id: ValueID, scales: @autoclosure () -> String) throws(ShapeError) -> ValueID {
    guard let q = type(id).quantization, q.axis != nil else { return try append(Dequantize(), id) }
    let kind = ValueKind.scale(.dequantize, of: self[id].name)
    let values = Constant(TensorType(q.scales.count), floats: q.scales)
    let constant = value(of: kind) ?? constant(scales(), values, kind: kind)
    return try append(Dequantize(), id, constant)
  }

  /// The gradient in front of a rounding to integers: the seed, but 0 where the result touches its bounds.
  mutating func straightThrough(
    _ outputGradient: ValueID, _ y: ValueID, low: Int, high: Int
  ) throws(ShapeError) -> ValueID {
    let mask = try append(QuantizedMask(low: low, high: high), y)
    return try append(MaskGrad(slope: 0), outputGradient, mask)
  }
}

/// One bit per element of an integer activation: low < y < high, so that nothing was clipped.
public struct QuantizedMask: IntegerOperator {
  public static let name = "quantized_mask"
  public static let opcode = OpCode.quantizedMask
  public static var samples: [Sample] {
    [Sample(QuantizedMask(low: -100, high: 127), .activation([19], scale: 1, zeroPoint: 0))]
  }

  public let low: Int
  public let high: Int

  public init(low: Int, high: Int) {
    self.low = low
    self.high = high
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(low: attributes.int("low"), high: attributes.int("high"))
  }

  public var attributes: Attributes { ["low": .int(low), "high": .int(high)] }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let y = try only(inputs)
    _ = try expectActivation(y)
    return TensorType(y.shape, .bit)
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? { workOfElements(output.count) }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(QuantizedMaskParameters(count: output.count, low: low, high: high))
  }
}

/// Channels `range` of the last axis of an integer activation: what a region's gradient needs of it.
public struct QuantizedSlice: IntegerOperator {
  public static let name = "quantized_slice"
  public static let opcode = OpCode.quantizedSlice
  public static var samples: [Sample] {
    [Sample(QuantizedSlice(1..<3), .activation([1, 2, 3, 4], scale: 1, zeroPoint: 0))]
  }

  public var range: Range<Int>
  public init(_ range: Range<Int>) { self.range = range }
  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try ChannelSlice(attributes: attributes).range)
  }
  public var attributes: Attributes { ChannelSlice(range).attributes }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    _ = try expectActivation(x)
    guard let channels = x.shape.last, range.upperBound <= channels else {
      throw ShapeError(Self.name, "no channels \(range) in \(x)")
    }
    return x.with(shape: x.shape.dropLast() + [range.count])
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let channels = inputs[0].shape[inputs[0].rank - 1]
    return words(
      QuantizedSliceParameters(
        ChannelSliceParameters(pixels: inputs[0].count / channels, channels: channels, range: range)))
  }
}
