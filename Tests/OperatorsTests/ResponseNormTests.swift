import Evaluate
import Foundation
import IR
import Operators
import Support
import Testing

@Test(arguments: [1, 2, 3, 4, 5, 13])
func responseNormFollowsItsDefinition(size: Int) throws {
  var generator = SeededGenerator(seed: 9)
  let (pixels, channels) = (3, 7)
  let x = (0..<pixels * channels).map { _ in Double.random(in: -2...2, using: &generator) }
  let type = TensorType([pixels, channels], .f64)
  let op = LRN(size: size, alpha: 0.5, beta: 0.75, bias: 1.5)
  let y: [Double] = elements(try Evaluator().run(op, [type], [bytes(x)], type))
  for pixel in 0..<pixels {
    for c in 0..<channels {
      let first = max(0, c - Int(floor(Double(size - 1) / 2)))
      let last = min(channels - 1, c + Int(ceil(Double(size - 1) / 2)))
      let sum = (first...last).reduce(0) { $0 + x[pixel * channels + $1] * x[pixel * channels + $1] }
      let right = x[pixel * channels + c] / pow(1.5 + 0.5 / Double(size) * sum, 0.75)
      #expect(abs(y[pixel * channels + c] - right) < 1e-7)  // alpha / size travels as a float
    }
  }
}
