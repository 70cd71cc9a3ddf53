import Differentiate
import IR
import Operators
import Testing

@testable import Select

/// The sum of two values, with a rule that forgets one of them.
private struct ForgetfulSum: Operator {
  static let name = "forgetful_sum"
  static var samples: [Sample] { [] }
  /// Whether it says that it forgets.
  let isHonest: Bool

  init(isHonest: Bool) { self.isHonest = isHonest }
  init(attributes: Attributes) { self.init(isHonest: false) }
  var attributes: Attributes { [:] }
  func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType { inputs[0] }
  func nonDifferentiableOperands(_ count: Int) -> Set<Int> { isHonest ? [1] : [] }
  func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] { [needsGradient[0] ? outputGradient : nil, nil] }
}

struct MissingGradientTests {
  private func differentiated(_ isHonest: Bool, training names: [String]) throws -> JointGraphs {
    var graph = Graph()
    let x = graph.input("x", TensorType(2, 3))
    let promoted = ["a", "b"].map { name in
      let value = graph.variable(name, Constant(TensorType(2, 3), floats: [0, 1, 2, 3, 4, 5]))
      return (name, value)
    }
    let left = try graph.append(Mul(), x, promoted[0].1)
    let right = try graph.append(Mul(), x, promoted[1].1)
    graph.outputs = [("logits", try graph.append(ForgetfulSum(isHonest: isHonest), [left, right], name: "sum"))]
    let trained = promoted.filter { names.contains($0.0) }.map {
      TrainableVariable(name: $0.0, value: $0.1, region: nil)
    }
    return try differentiate(graph, trained, loss: .meanSquaredError, optimizer: Optimizer())
  }

  @Test func aWantedOperandWithoutGradientIsAnError() throws {
    #expect(throws: DifferentiateError.noGradient(op: "forgetful_sum", node: "sum")) {
      _ = try differentiated(false, training: ["a", "b"])
    }
    #expect(try differentiated(false, training: ["a"]).training.parameters.map(\.name) == ["a"])
  }

  /// What an operator lists has no gradient; a tensor that nothing else leads to is refused all the same.
  @Test func aListedOperandEndsThePath() {
    #expect(throws: DifferentiateError.noPath(parameter: "b")) { _ = try differentiated(true, training: ["a", "b"]) }
  }
}
