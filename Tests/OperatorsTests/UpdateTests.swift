import Evaluate
import IR
import Operators
import Support
import Testing

private let size = 19
private let type = TensorType([size], .f64)

private func run(_ op: any Operator, _ operands: [[Double]], _ evaluator: Evaluator) throws -> [Double] {
  let types = operands.map { _ in type }
  return elements(try evaluator.run(op, types, operands.map { bytes($0) }, type))
}

private func isClose(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 } }

@Test(arguments: [1, 4], [0, 0.01])
func momentumFollowsItsFormula(window: Int, decay: Double) throws {
  var generator = SeededGenerator(seed: 6)
  func random() -> [Double] { (0..<size).map { _ in Double.random(in: -1...1, using: &generator) } }
  var w = random()
  var m = [Double](repeating: 0, count: size)
  var sum = random()  // what an earlier window left
  var rightW = w
  var rightM = m
  var evaluator = Evaluator()
  for step in 0..<3 {
    evaluator.context.learningRate = 0.25 / Float(step + 1)
    var total = [Double](repeating: 0, count: size)
    for micro in 0..<window {
      let g = random()
      evaluator.context.isFirstMicroStep = micro == 0
      evaluator.context.isLastMicroStep = micro == window - 1
      sum = try run(Accumulate(), [sum, g], evaluator)
      total = zip(total, g).map { $0 + $1 }
    }
    m = try run(MomentumState(momentum: 0.9, weightDecay: decay, accumulate: window), [m, sum, w], evaluator)
    w = try run(SGD(), [w, m], evaluator)
    for i in 0..<size {
      rightM[i] = 0.9 * rightM[i] + total[i] / Double(window) + decay * rightW[i]
      rightW[i] -= 0.25 / Double(step + 1) * rightM[i]
    }
    #expect(isClose(m, rightM) && isClose(w, rightW))
  }
}

@Test(arguments: [1, 3], [0, 0.01])
func plainDescentFollowsItsFormula(window: Int, decay: Double) throws {
  var generator = SeededGenerator(seed: 7)
  let w = (0..<size).map { _ in Double.random(in: -1...1, using: &generator) }
  let g = (0..<size).map { _ in Double.random(in: -1...1, using: &generator) }
  var evaluator = Evaluator()
  evaluator.context.learningRate = 0.5
  let new = try run(SGD(weightDecay: decay, accumulate: window), [w, g], evaluator)
  #expect(isClose(new, zip(w, g).map { $0 - 0.5 * ($1 / Double(window) + decay * $0) }))
}

@Test func updatesOverwriteTheirVariable() {
  let updates: [any Operator] = [SGD(), MomentumState(momentum: 0.9), Accumulate()]
  for op in updates {
    #expect(op.sharing == .overwrites(0))
    if case .updates = op.timing {} else { Issue.record("\(op) is placed as if it were no update") }
  }
}
