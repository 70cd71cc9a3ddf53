import IR
import Operators
import Runtime
import Support
import Testing

@testable import Evaluate

/// Gradient and update in one operation leave the bytes that they leave one after the other, state included.
@Test(arguments: [UpdateRule.sgd, .momentum, .lion, .adam], [true, false])
func fusedUpdatesAreTheSameBits(rule: UpdateRule, hasLowByte: Bool) throws {
  var moved = 0
  for sample in QuantizedGradWeight.samples + wide {
    moved += try compare(sample, sample.op as! QuantizedGradWeight, rule, hasLowByte)
  }
  for sample in QuantizedDepthwiseGradWeight.samples + wideDepthwise {
    moved += try compare(sample, sample.op as! QuantizedDepthwiseGradWeight, rule, hasLowByte)
  }
  #expect(moved >= 3)
}

/// Layers of many parts, the last one shorter.
private let wide = [
  Sample(
    QuantizedGradWeight(Sliding(pads: [1, 1, 1, 1]), kernel: [3, 3], groups: 1),
    .activation([2, 5, 4, 7], scale: 0.1, zeroPoint: 3), TensorType([2, 5, 4, 131], .q8), TensorType(131)),
  Sample(
    QuantizedGradWeight(Sliding(), kernel: [1, 1], groups: 1), .activation([1, 3, 3, 24], scale: 0.1, zeroPoint: 3),
    TensorType([1, 3, 3, 100], .q16), TensorType(100)),
]
private let wideDepthwise = [
  Sample(
    QuantizedDepthwiseGradWeight(Sliding(pads: [2, 2, 2, 2]), kernel: [5, 5], start: 0, outputs: 72),
    .activation([1, 6, 6, 72], scale: 0.1, zeroPoint: 3), TensorType([1, 6, 6, 72], .q8), TensorType(72))
]

/// Returns 1 where they could be fused and moved the weight.
private func compare<G: PartialGradient>(
  _ sample: Sample, _ gradient: G, _ rule: UpdateRule, _ hasLowByte: Bool
) throws -> Int {
  var generator = SeededGenerator(seed: 17)
  let dw = try gradient.infer(sample.inputs)
  let integers = IntegerUpdate(rule: rule, hasLowByte: hasLowByte, weightDecay: 0.01)
  let update = QuantizedUpdate(integers, axis: G.scaleAxis, tensor: 5)
  let scales = (0..<dw.shape[G.scaleAxis]).map { 0.01 * Float($0 % 7 + 1) }
  let own =
    [TensorType.weight(dw.shape, scales: scales, axis: G.scaleAxis), TensorType(scales.count)]
    + integers.state(dw.count).map(\.type)
  let fused = try #require(GradWeightUpdate(gradient, update))
  let output: TensorType
  do throws(ShapeError) { output = try fused.infer(own + sample.inputs) } catch {
    // Only groups that do not end where a block of state does are refused.
    let unit = rule == .sgd ? 1 : QuantizedUpdateParameters.block
    #expect(gradient.groupElements(dw.shape).map { $0 % unit != 0 } ?? false, "\(error)")
    return 0
  }
  let values = (own + sample.inputs).map { randomBytes($0, in: 0.01...1, &generator) }
  var evaluator = Evaluator()
  evaluator.context.learningRate = 0.5
  let inputs = Array(values[own.count...])
  let whole = try evaluator.run(gradient, sample.inputs, inputs, dw)
  var operands = Array(values[..<own.count])
  operands.insert(whole, at: 1)
  var apart = try evaluator.operands(after: update, [own[0], dw] + own[1...], operands, output)
  apart.remove(at: 1)
  let together = try evaluator.operands(after: fused, own + sample.inputs, values, output)
  #expect(Array(together[..<own.count]) == apart, "\(fused) of \(dw)")
  return apart[0] == values[0] ? 0 : 1
}
