import IR
import Operators

/// Reverse-mode differentiation of one graph: gradients are ordinary nodes, appended only where they are wanted.
///
/// A value with several users has the sum of what they pass back.
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

  /// Appends ∂loss/∂v for every value that leads to a trained tensor.
  ///
  /// - Throws: `DifferentiateError.noGradient`, `shape`.
  mutating func run(from loss: ValueID) throws(DifferentiateError) {
    let one = Constant(graph.type(loss), floats: Array(repeating: 1, count: graph.type(loss).count))
    partial[loss.index] = graph.constant("seed:loss", one)
    for index in (0...loss.index).reversed() {
      guard let node = graph.node(ValueID(index: index)), isNeeded[index], let seed = partial[index] else { continue }
      try propagate(seed, through: node)
    }
  }

  /// The gradient of a value; nil where the loss does not depend on it.
  func gradient(of value: ValueID) -> ValueID? { partial[value.index] }

  private mutating func propagate(_ seed: ValueID, through node: Node) throws(DifferentiateError) {
    let label = graph[node.output].name
    let op = type(of: node.op).name
    do throws(ShapeError) {
      let wanted = node.inputs.map { isNeeded[$0.index] }
      let gradients = try node.op.gradient(&graph, of: node, seed: seed, wanted: wanted)
      for (operand, gradient) in zip(node.inputs, gradients) {
        guard let gradient else { continue }
        let sum = partial[operand.index]
        partial[operand.index] = if let sum { try graph.append(Add(), sum, gradient) } else { gradient }
      }
    } catch {
      throw error == .noGradient(op) ? .noGradient(op: op, node: label) : .shape(node: label, error)
    }
  }
}
