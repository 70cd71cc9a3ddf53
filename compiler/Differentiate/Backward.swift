import IR
import Operators

/// Reverse-mode differentiation of one graph: gradients are ordinary nodes, appended only where they are needed.
///
/// Fan-out: the gradient of a value with several users is the sum of those that they pass back.
struct Backward {
  private(set) var graph: Graph
  /// Value index → whether a trained tensor lies at or before it.
  private let isNeeded: [Bool]
  /// Value index → what its users have passed back so far.
  private var partial: [ValueID?]

  init(_ graph: Graph, trained: [ValueID]) {
    self.graph = graph
    var needed = [Bool](repeating: false, count: graph.values.count)
    for value in trained { needed[value.index] = true }
    for node in graph.nodes where node.inputs.contains(where: { needed[$0.index] }) { needed[node.output.index] = true }
    isNeeded = needed
    partial = Array(repeating: nil, count: graph.values.count)
  }

  /// Appends seed · ∂loss/∂v for every value that leads to a trained tensor.
  ///
  /// - Throws: `DifferentiateError.noGradient`, `shape`.
  mutating func run(from loss: ValueID, guard limit: Double) throws(DifferentiateError) {
    partial[loss.index] = try seed(of: loss, guard: limit)
    for index in (0...loss.index).reversed() {
      guard let node = graph.node(ValueID(index: index)), isNeeded[index], let seed = partial[index] else { continue }
      try propagate(seed, through: node)
    }
  }

  /// 1, or what the loss guard makes of it.
  private mutating func seed(of loss: ValueID, guard limit: Double) throws(DifferentiateError) -> ValueID {
    let type = graph.type(loss)
    guard limit > 0 else {
      let one = Constant(type, floats: Array(repeating: 1, count: type.count))
      return graph.constant(graph.unused("seed:loss"), one)
    }
    let state = graph.variable(
      graph.unused("state:loss"), Constant(LossGate.stateType, floats: [0, 0]), kind: .lossState)
    do throws(ShapeError) {
      let gate = try graph.append(LossGate(limit: limit), loss, state)
      try graph.append(LossAverage(limit: limit), state, loss)
      return gate
    } catch {
      throw .shape(node: "loss", error)
    }
  }

  /// The gradient of a value; nil where the loss does not depend on it.
  func gradient(of value: ValueID) -> ValueID? { partial[value.index] }

  private mutating func propagate(_ outputGradient: ValueID, through node: Node) throws(DifferentiateError) {
    let label = graph[node.output].name
    let op = type(of: node.op).name
    do throws(ShapeError) {
      let needsGradient = node.inputs.map { isNeeded[$0.index] }
      let gradients = try node.op.gradient(
        &graph, of: node, outputGradient: outputGradient, needsGradient: needsGradient)
      let excluded = node.op.nonDifferentiableOperands(node.inputs.count)
      for (index, operand) in node.inputs.enumerated() where needsGradient[index] {
        guard index < gradients.count, let gradient = gradients[index] else {
          // A missing gradient would train a tensor wrongly, in silence.
          if excluded.contains(index) { continue }
          throw ShapeError.noGradient(op)
        }
        let sum = partial[operand.index]
        partial[operand.index] = if let sum { try graph.append(Add(), sum, gradient) } else { gradient }
      }
    } catch {
      throw error == .noGradient(op) ? .noGradient(op: op, node: label) : .shape(node: label, error)
    }
  }
}
