import Evaluate
import IR
import Operators
import Support
import Testing

/// Indexes of element `number` of a dense tensor.
private func index(_ number: Int, _ shape: [Int]) -> [Int] {
  var rest = number
  return shape.reversed().map { size in
    defer { rest /= size }
    return rest % size
  }.reversed()
}

/// Element of a dense tensor that stands at `index` of a shape it is repeated to.
private func element(_ values: [Double], _ shape: [Int], _ index: [Int]) -> Double {
  var position = 0
  for (size, i) in zip(shape, index.suffix(shape.count)) { position = position * size + (size == 1 ? 0 : i) }
  return values[position]
}

@Test func broadcastingAgreesWithIndexing() throws {
  var generator = SeededGenerator(seed: 8)
  for _ in 0..<200 {
    let shape = (0..<Int.random(in: 1...6, using: &generator)).map { _ in Int.random(in: 1...4, using: &generator) }
    func operand() -> (TensorType, [Double]) {
      let repeated = shape.map { Bool.random(using: &generator) ? $0 : 1 }
      let type = TensorType(Array(repeated.dropFirst(Int.random(in: 0...repeated.count, using: &generator))), .f64)
      return (type, (0..<type.count).map { _ in Double.random(in: 0.5...2, using: &generator) })
    }
    let (a, b) = (operand(), operand())
    let cases: [(any Operator, (Double, Double) -> Double)] = [
      (Add(), { $0 + $1 }), (Sub(), { $0 - $1 }), (Mul(), { $0 * $1 }), (Div(), { $0 / $1 }),
    ]
    for (op, combine) in cases {
      let output = try op.infer([a.0, b.0])
      let result = try Evaluator().run(op, [a.0, b.0], [bytes(a.1), bytes(b.1)], output)
      let right = (0..<output.count).map { number in
        let index = index(number, output.shape)
        return combine(element(a.1, a.0.shape, index), element(b.1, b.0.shape, index))
      }
      #expect(elements(result, as: Double.self) == right, "\(a.0) and \(b.0)")
    }
  }
}

@Test func shapesThatDoNotMatchAreRefused() {
  #expect(throws: ShapeError.self) { try Add().infer([TensorType(2, 3), TensorType(2)]) }
  #expect(throws: ShapeError.self) { try Mul().infer([TensorType(2), TensorType([2], .i32)]) }
  #expect(throws: ShapeError.self) { try Slice(starts: [.max], sizes: [2], steps: [.max]).infer([TensorType(3)]) }
  #expect(throws: ShapeError.self) { try MatMul().infer([TensorType(3), TensorType(3)]) }
  #expect(throws: ShapeError.self) { try Pad(pads: [-3, 0]).infer([TensorType(3)]) }
}
