import IR
import ONNX
import Operators
import Report
import Select

extension Network {
  /// Tensors of the file that no policy trains, and why, in the order of their names.
  var untrained: [PlanReport.Untrained] {
    var trainable: Set<ValueID> = []
    for layer in graph.layers { trainable.formUnion([layer.weight] + [layer.bias].compactMap(\.self)) }
    let users = ParameterUsers(graph)
    let constants = graph.ids.filter { id in
      graph.isConstant(id) && layouts[graph[id].name] != nil && !trainable.contains(id)
        && (graph.type(id).count > 1 || !literals.contains(graph[id].name))
    }
    var found = constants.compactMap { id in
      users.reason(id).map { PlanReport.Untrained(name: graph[id].name, reason: $0) }
    }
    for (name, node) in absorbed where !found.contains(where: { $0.name == name }) {
      found.append(.init(name: name, reason: "is one number, which became a part of node \(node)"))
    }
    return found.sorted { $0.name < $1.name }
  }

  /// Refuses entries of a policy that match nothing but what cannot be trained.
  ///
  /// - Throws: `PolicyError.untrainable`.
  func expectTrainable(_ policy: UpdatePolicy) throws(PolicyError) {
    let names = graph.layers.map { graph[$0.weight].name }
    for entry in policy.layers where !names.contains(where: { globMatches(entry.match, $0) }) {
      if let tensor = untrained.first(where: { globMatches(entry.match, $0.name) }) {
        throw .untrainable(tensor: tensor.name, reason: tensor.reason)
      }
    }
  }
}

/// Who computes with the constants of a graph.
private struct ParameterUsers {
  private let graph: Graph
  private var users: [[(node: Node, operand: Int)]]

  init(_ graph: Graph) {
    self.graph = graph
    users = Array(repeating: [], count: graph.values.count)
    for node in graph.nodes {
      for (operand, id) in node.inputs.enumerated() { users[id.index].append((node, operand)) }
    }
  }

  /// Why a constant is not trained; nil where nobody would call it a parameter.
  func reason(_ id: ValueID) -> String? {
    for (node, operand) in users[id.index] {
      let op = type(of: node.op).name
      switch node.op {
      // Running statistics are measured, not trained.
      case is FixedBatchNorm, is BatchNormInference: if operand >= 3 { continue }
      case is Dequantize where operand > 0: continue
      case is Dequantize, is Reshape, is Transpose, is Affine, is Expand:
        if let reason = reason(node.output) { return reason }
        continue
      default: break
      }
      guard node.op.roles(node.inputs.count)[operand] != .activation else {
        return "is an operand of \(label(node)) (\(op)), which has no weights to train"
      }
      return isOfIntegers(id)
        ? "is rounded to integers, but its layer \(label(node)) (\(op)) has no form in integers here"
        : "is computed before \(label(node)) (\(op)) reads it"
    }
    return nil
  }

  /// Whether a value is the real form of integers of the file.
  private func isOfIntegers(_ id: ValueID) -> Bool {
    if !graph.type(id).dtype.isFloat { return true }
    return graph.node(id).map { $0.op is Dequantize || isOfIntegers($0.inputs[0]) } ?? false
  }

  private func label(_ node: Node) -> String {
    graph[node.output].name.isEmpty ? "%\(node.output.index)" : graph[node.output].name
  }
}

/// The tensors of a model that no policy trains, in the numbers that its plans have.
///
/// - Throws: as `compile`.
public func untrainedTensors(_ model: ONNXModel, _ options: CompileOptions) throws -> [PlanReport.Untrained] {
  let network = try Network(model, options)
  var options = options
  options.mode = network.isQuantized ? .i8 : .f32
  return try network.withClassifierHead(options).lowered(to: options.mode).untrained
}
