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
      return
    }
    for (operand, error) in errors.enumerated() {
      guard let error else { continue }
      #expect(error < 1e-6, "\(name) operand \(operand) of \(sample.inputs)")
    }
  }
}
