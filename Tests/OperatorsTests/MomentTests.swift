import IR
import Operators
import Runtime
import Support
import Testing

@testable import Evaluate

private let weight = TensorType.weight([3, 1, 1, 50], scales: [0.1, 0.2, 0.3], axis: 0)

/// Updates of one tensor, one after the other.
private struct Updates {
  let update: QuantizedUpdate
  let types: [TensorType]
  var values: [[UInt8]]
  private var evaluator = Evaluator()

  init(_ rule: UpdateRule, hasLowByte: Bool) {
    let integers = IntegerUpdate(rule: rule, hasLowByte: hasLowByte)
    update = QuantizedUpdate(integers, axis: 0, tensor: 7)
    types = [weight, TensorType(weight.shape), TensorType(3)] + integers.state(weight.count).map(\.type)
    values = types.map { [UInt8](repeating: 0, count: $0.bytes) }
    values[2] = bytes([0.1, 0.2, 0.3] as [Float])
    evaluator.context.learningRate = 0.01
  }

  mutating func run(_ gradient: [Float]) throws {
    values[1] = bytes(gradient)
    values = try evaluator.operands(after: update, types, values, weight)
    evaluator.context.step += 1
  }

  /// The scales of all blocks of state.
  var scales: [Float] {
    zip(types, values).dropFirst(3).filter { $0.0.dtype == .f32 }.flatMap { elements($0.1, as: Float.self) }
  }
}

/// Ten thousand updates with gradients of zero: moments decay to zeros, and nothing moves any more.
@Test(arguments: [UpdateRule.sgd, .momentum, .lion, .adam], [true, false])
func momentsWithoutGradientsDecayToZeros(rule: UpdateRule, hasLowByte: Bool) throws {
  var generator = SeededGenerator(seed: 21)
  var updates = Updates(rule, hasLowByte: hasLowByte)
  try updates.run((0..<weight.count).map { _ in Float.random(in: -1...1, using: &generator) })
  #expect(updates.scales.allSatisfy { $0 > 0 })
  let zeros = [Float](repeating: 0, count: weight.count)
  for _ in 0..<10_000 { try updates.run(zeros) }
  #expect(updates.scales.allSatisfy { $0 == 0 || $0.isNormal })
  if rule != .sgd { #expect(Array(updates.values[hasLowByte ? 4 : 3]).allSatisfy { $0 == 0 }) }
  let before = updates.values[0]
  for _ in 0..<10 { try updates.run(zeros) }
  #expect(updates.values[0] == before)
}

/// Gradients that are no numbers, infinite, denormal or at the end of the range end no training, and leave no such state.
@Test(arguments: [UpdateRule.sgd, .momentum, .lion, .adam], [true, false])
func updatesAreTotal(rule: UpdateRule, hasLowByte: Bool) throws {
  var generator = SeededGenerator(seed: 22)
  let gradients: [Float] = [
    .nan, .infinity, -.infinity, 3e38, -3e38, 1e20, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0, 1,
  ]
  var updates = Updates(rule, hasLowByte: hasLowByte)
  for _ in 0..<500 {
    try updates.run((0..<weight.count).map { _ in gradients.randomElement(using: &generator)! })
    #expect(updates.scales.allSatisfy { $0 == 0 || $0.isNormal })
  }
  #expect(elements(updates.values[0], as: Int8.self).allSatisfy { $0 > -128 })
}
