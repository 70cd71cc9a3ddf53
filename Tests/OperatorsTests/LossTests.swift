import Evaluate
import Foundation
import IR
import Operators
import Support
import Testing

/// Loss and gradient as the formula says, with labels that are no class counting nothing.
private func crossEntropy(
  _ logits: [Double], _ labels: [Int32], classes: Int, smoothing: Double
) -> (loss: Double, gradient: [Double]) {
  var loss = 0.0
  var gradient = [Double](repeating: 0, count: logits.count)
  for (row, label) in labels.enumerated() where (0..<Int32(classes)).contains(label) {
    let x = logits[row * classes..<(row + 1) * classes].map { $0 }
    let total = x.map { exp($0) }.reduce(0, +)
    for (c, value) in x.enumerated() {
      let q = (c == Int(label) ? 1 - smoothing : 0) + smoothing / Double(classes)
      loss -= q * log(exp(value) / total)
      gradient[row * classes + c] = (exp(value) / total - q) / Double(labels.count)
    }
  }
  return (loss / Double(labels.count), gradient)
}

@Test(arguments: [0, 0.125], [[Int32(2), 0, 4], [1, -1, 5], [Int32.max, .min, 3]])
func crossEntropyFollowsItsFormula(smoothing: Double, labels: [Int32]) throws {
  var generator = SeededGenerator(seed: 5)
  let types = [TensorType([3, 5], .f64), TensorType([3], .i32)]
  let logits = (0..<15).map { _ in Double.random(in: -4...4, using: &generator) }
  let right = crossEntropy(logits, labels, classes: 5, smoothing: smoothing)
  let loss = try Evaluator().run(
    SoftmaxCrossEntropy(labelSmoothing: smoothing), types, [bytes(logits), bytes(labels)], TensorType([1], .f64))
  #expect(abs(elements(loss, as: Double.self)[0] - right.loss) < 1e-12)
  let gradient = try Evaluator().run(
    SoftmaxCrossEntropyGrad(labelSmoothing: smoothing), types + [TensorType([1], .f64)],
    [bytes(logits), bytes(labels), bytes([2.0])], types[0])
  for (a, b) in zip(elements(gradient, as: Double.self), right.gradient) { #expect(abs(a - 2 * b) < 1e-12) }
}

@Test func largeLogitsStayFinite() throws {
  let types = [TensorType([1, 3]), TensorType([1], .i32)]
  let values = [bytes([Float(1000), -1000, 990]), bytes([Int32(2)])]
  let loss = try Evaluator().run(SoftmaxCrossEntropy(), types, values, TensorType(1))
  #expect(abs(elements(loss, as: Float.self)[0] - 10) < 1e-3)
}

@Test func correctPredictionsAreCounted() throws {
  let logits: [Float] = [1, 3, 2, 5, 5, 0, 0, 1, 1, 9, 0, 0]
  let types = [TensorType(4, 3), TensorType([4], .i32)]
  func count(_ labels: [Int32]) throws -> Int32 {
    let result = try Evaluator().run(CountCorrect(), types, [bytes(logits), bytes(labels)], TensorType([1], .i32))
    return elements(result)[0]
  }
  #expect(try count([1, 0, 1, 0]) == 4)
  #expect(try count([1, 1, 2, 0]) == 2)
  #expect(try count([-1, 3, .max, .min]) == 0)
}

@Test func meanSquaredErrorFollowsItsFormula() throws {
  let types = [TensorType(2, 2), TensorType(2, 2)]
  let values = [bytes([Float(1), 2, 3, 4]), bytes([Float(0), 2, 5, 1])]
  let loss = try Evaluator().run(MeanSquaredError(), types, values, TensorType(1))
  #expect(elements(loss, as: Float.self) == [3.5])
  let gradient = try Evaluator().run(
    MeanSquaredErrorGrad(), types + [TensorType(1)], values + [bytes([Float(2)])], types[0])
  #expect(elements(gradient, as: Float.self) == [1, 0, -2, 3])
}
