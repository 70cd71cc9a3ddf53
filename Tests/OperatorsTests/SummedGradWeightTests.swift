import IR
import Operators
import Support
import Testing

@testable import Evaluate

/// A gradient that is added where it is computed leaves the bytes of gradient and sum one after the other.
@Test(arguments: [true, false])
func summedGradientsAreTheSameBits(isFirst: Bool) throws {
  var added = 0
  for sample in QuantizedGradWeight.samples {
    added += try compare(sample, sample.op as! QuantizedGradWeight, isFirst)
  }
  for sample in QuantizedDepthwiseGradWeight.samples {
    added += try compare(sample, sample.op as! QuantizedDepthwiseGradWeight, isFirst)
  }
  #expect(isFirst ? added == 0 : added >= 5)
}

/// Returns 1 where the gradient alone has other bytes.
private func compare<G: PartialGradient>(_ sample: Sample, _ gradient: G, _ isFirst: Bool) throws -> Int {
  var generator = SeededGenerator(seed: 23)
  let values = sample.inputs.map { randomBytes($0, in: 0.01...1, &generator) }
  let dw = try gradient.infer(sample.inputs)
  let sum = randomBytes(dw, in: 0.01...1, &generator)
  var evaluator = Evaluator()
  evaluator.context.isFirstMicroStep = isFirst
  let whole = try evaluator.run(gradient, sample.inputs, values, dw)
  let apart = try evaluator.operands(after: Accumulate(), [dw, dw], [sum, whole], dw)[0]
  let together = try evaluator.run(SummedGradWeight(gradient), sample.inputs + [dw], values + [sum], dw)
  #expect(together == apart, "\(gradient) of \(dw)")
  return together == whole ? 0 : 1
}
