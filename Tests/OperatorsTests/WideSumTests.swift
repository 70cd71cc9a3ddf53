import Evaluate
import IR
import Operators
import Runtime
import Support
import Testing

/// Sums of integers that 32 bits do not hold, and results that lie half-way between two integers.

/// x − z is 255 everywhere.
private func activation(_ shape: [Int]) -> (type: TensorType, values: [UInt8]) {
  let type = TensorType.activation(shape, scale: 0.05, zeroPoint: -128)
  return (type, [UInt8](repeating: 127, count: type.count))
}

private func result(
  _ op: any Operator, _ operands: [(type: TensorType, values: [UInt8])]
) throws -> [UInt8] {
  let types = operands.map(\.type)
  return try Evaluator().run(op, types, operands.map(\.values), op.infer(types))
}

/// A layer whose weights are all 127: products of 255 · 127 for `columns` columns, and a bias.
private func layer(columns: Int, bias: Int32, output: Float, isDepthwise: Bool = false) throws -> Int8 {
  let form = QuantizedOutput(scale: output, zeroPoint: 0)
  let weight = TensorType.weight([1, 1, 1, columns], scales: [0.001], axis: isDepthwise ? 3 : 0)
  let op: any Operator =
    isDepthwise
    ? QuantizedDepthwise(Sliding(), hasBias: true, output: form)
    : QuantizedConv(Sliding(), groups: 1, hasBias: true, output: form)
  let multipliers = requantization(input: 0.05, weights: [0.001], output: output)
  let bytes = try result(
    op,
    [
      activation([1, 1, 1, columns]), (weight, [UInt8](repeating: 127, count: columns)),
      (TensorType([1, 2], .i32), multipliers.bytes()), (TensorType([1], .i32), Support.bytes([bias])),
    ])
  return Int8(bitPattern: bytes[0])
}

@Test(arguments: [33_000, 65_536, 66_400, 70_001, 140_000])
func longSumsAreRight(columns: Int) throws {
  let real = Double(columns) * 255 * 127 * 0.05 * 0.001
  #expect(try layer(columns: columns, bias: 0, output: Float(real / 100)) == 100)
}

@Test(arguments: [Int32.max, .min, .max - 32_384, 1 << 30], [true, false])
func biasesAtTheLimitOf32BitsAreRight(bias: Int32, isDepthwise: Bool) throws {
  let real = (Double(bias) + 255 * 127) * 0.05 * 0.001
  let output = abs(real) / 100.25
  #expect(
    try layer(columns: 1, bias: bias, output: Float(output), isDepthwise: isDepthwise) == (bias < 0 ? -100 : 100))
}

/// More pixels than one 32-bit sum of products holds, in a layer and in a depthwise one.
@Test(arguments: [65_536, 65_537, 140_000], [true, false])
func gradientsOfManyPixelsAreRight(pixels: Int, isDepthwise: Bool) throws {
  let gradient = TensorType([1, pixels, 1, 1], .q8)
  var bytes = [UInt8](repeating: 127, count: pixels)
  while bytes.count % 4 != 0 { bytes.append(0) }
  bytes += Support.bytes([0.5 as Float])
  let op: any Operator =
    isDepthwise
    ? QuantizedDepthwiseGradWeight(Sliding(), kernel: [1, 1], start: 0, outputs: 1)
    : QuantizedGradWeight(Sliding(), kernel: [1, 1], groups: 1)
  let dw: [Float] = elements(
    try result(
      op, [activation([1, pixels, 1, 1]), (gradient, bytes), (TensorType(1), Support.bytes([2 as Float]))]))
  #expect(abs(Double(dw[0]) / (Double(pixels) * 255 * 127) - 1) < 1e-6)
}

/// Gradients of 8 bits are used only where the sum for one element of dx fits 32 bits.
@Test func sumsOfGradientsAreCheckedForWidth() throws {
  let op = QuantizedGradInput(Sliding(), inputSize: [1, 1], groups: 1)
  func run(_ outputs: Int, _ format: DType) throws -> [Float] {
    let count = outputs * (format == .q8 ? 1 : 2)
    let dy =
      format == .q8 ? bytes([Int8](repeating: 127, count: outputs)) : bytes([Int16](repeating: 127, count: outputs))
    #expect(dy.count == count && count % 4 == 0)
    return elements(
      try result(
        op,
        [
          (TensorType([1, 1, 1, outputs], format), dy + bytes([1 as Float])),
          (TensorType([outputs, 1, 1, 1], .i8), [UInt8](repeating: 127, count: outputs)),
        ]))
  }
  #expect(try run(131_072, .q8) == [Float(131_072 * 127 * 127)])
  #expect(throws: EvaluationError.self) { try run(140_000, .q8) }
  #expect(try run(140_000, .q16) == [Float(140_000 * 127 * 127)])
  #expect(op.products([TensorType([1, 1, 1, 140_000]), TensorType([140_000, 1, 1, 1], .i8)]) == 140_000)
}

/// Means, sums and changes of scale round halves to even, as ONNX QuantizeLinear does.
@Test(arguments: [[2, 2], [2, 3], [1, 6]]) func meansHalfWayGoToTheEvenInteger(kernel: [Int]) throws {
  let cells = kernel[0] * kernel[1]
  let op = QuantizedPool(Pooling(kernel: kernel), output: QuantizedOutput(scale: 0.125, zeroPoint: 0))
  for (sum, mean) in [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)] {
    var values = [Int8](repeating: 0, count: cells)
    values[0] = Int8(sum * cells / 2)
    let type = TensorType.activation([1] + kernel + [1], scale: 0.125, zeroPoint: 0)
    #expect(Int8(bitPattern: try result(op, [(type, bytes(values))])[0]) == Int8(mean), "\(sum) / 2")
  }
}

@Test func sumsHalfWayGoToTheEvenInteger() throws {
  let type = TensorType.activation([7], scale: 0.1, zeroPoint: 0)
  let op = QuantizedAdd(output: QuantizedOutput(scale: 0.2, zeroPoint: 0))
  let a = bytes([1, 3, 5, 7, -1, -3, -5] as [Int8])
  let zeros = [UInt8](repeating: 0, count: 7)
  let even: [Int8] = [0, 2, 2, 4, 0, -2, -2]
  #expect(elements(try result(op, [(type, a), (type, zeros)]), as: Int8.self) == even)
  let scaled = Requantize(output: QuantizedOutput(scale: 0.2, zeroPoint: 0))
  #expect(elements(try result(scaled, [(type, a)]), as: Int8.self) == even)
}
