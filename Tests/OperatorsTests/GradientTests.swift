import IR
import Operators
import Support
import Testing

@Test(arguments: registry.keys.sorted())
func gradientEqualsCentralDifferences(name: String) throws {
  for sample in registry[name]!.samples where !(sample.op is any IntegerOperator) {
    let errors: [Double?]
    do {
      errors = try gradientErrors(of: sample)
    } catch let error as ShapeError where error == .noGradient(name) {
      continue
    }
    for (operand, error) in errors.enumerated() {
      guard let error else {
        #expect(
          !isDifferentiable(sample, operand), "\(name) has no gradient for operand \(operand) of \(sample.inputs)")
        continue
      }
      #expect(error < 1e-6, "\(name) operand \(operand) of \(sample.inputs)")
    }
  }
}

/// Labels and other integers have no gradient, nor has a weight whose trained part is an operand of its own.
private func isDifferentiable(_ sample: Sample, _ operand: Int) -> Bool {
  let region = (sample.op as? Conv)?.region ?? (sample.op as? DepthwiseConv)?.region
  return sample.inputs[operand].dtype == .f32 && !(region != nil && operand == 1)
}
