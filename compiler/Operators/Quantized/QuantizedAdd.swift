import IR
import Runtime

/// y = a + b of integer activations with scales of their own, rounded once.
public struct QuantizedAdd: IntegerOperator {
  public static let name = "quantized_add"
  public static let opcode = OpCode.quantizedAdd
  public static var samples: [Sample] {
    let output = QuantizedOutput(scale: 0.3, zeroPoint: 5, low: -100, high: 127)
    return [
      Sample(
        QuantizedAdd(output: output), .activation([2, 3, 5], scale: 0.1, zeroPoint: -3),
        .activation([2, 3, 5], scale: 0.25, zeroPoint: 100))
    ]
  }

  public var output: QuantizedOutput
  public init(output: QuantizedOutput) { self.output = output }
  public init(attributes: Attributes) throws(AttributeError) { output = try QuantizedOutput(attributes) }
  public var attributes: Attributes { Attributes(output.entries) }
  public var sharing: Sharing { .mayReuse([0, 1]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    for input in inputs { _ = try expectActivation(input) }
    guard inputs[0].shape == inputs[1].shape else { throw ShapeError(Self.name, "has \(inputs)") }
    return try output.type(Self.name, inputs[0].shape)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient.contains(true) else { return [nil, nil] }
    let masked = try graph.straightThrough(outputGradient, node.output, low: output.low, high: output.high)
    return needsGradient.map { $0 ? masked : nil }
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(addParameters(inputs.map { $0.activation! }, count: output.count, self.output))
  }
}

/// The same real values under another scale, zero point and range.
public struct Requantize: IntegerOperator {
  public static let name = "requantize"
  public static let opcode = OpCode.requantize
  public static var samples: [Sample] {
    let output = QuantizedOutput(scale: 0.3, zeroPoint: 5, low: 5, high: 127)
    return [Sample(Requantize(output: output), .activation([2, 3, 5], scale: 0.1, zeroPoint: -3))]
  }

  public var output: QuantizedOutput
  public init(output: QuantizedOutput) { self.output = output }
  public init(attributes: Attributes) throws(AttributeError) { output = try QuantizedOutput(attributes) }
  public var attributes: Attributes { Attributes(output.entries) }
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    _ = try expectActivation(x)
    return try output.type(Self.name, x.shape)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [
      needsGradient[0]
        ? try graph.straightThrough(outputGradient, node.output, low: output.low, high: output.high) : nil
    ]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(addParameters(inputs.map { $0.activation! }, count: output.count, self.output))
  }
}

/// Factors s / s_y of one or two operands over one power of two; the larger takes 30 bits.
private func addParameters(
  _ inputs: [(scale: Float, zeroPoint: Int)], count: Int, _ output: QuantizedOutput
) -> QuantizedAddParameters {
  let factors = inputs.map { Double($0.scale) / Double(output.scale) }
  let largest = FixedPoint(factors.max() ?? 1)
  let unit = Double(sign: .plus, exponent: Int(largest.shift), significand: 1)
  let integers = factors.map { Int32(min($0 * unit, 0x7fff_ffff).rounded()) }
  return QuantizedAddParameters(
    count: count, tensors: 1 + inputs.count, zeros: (inputs[0].zeroPoint, inputs.last!.zeroPoint),
    factors: (integers[0], integers.last!), shift: largest.shift, output: output.range)
}
