import IR
import ONNX
import Operators
import Report
import Select

extension Network {
  /// Tensors of the file that no policy trains, and why, in the order of their names.
  var untrained: [PlanReport.Untrained] {
    let trainable = trainable
    var found: [String: String] = [:]
    func add(_ name: String, _ reason: String) {
      // A constant that the file computes stands for what it is computed of.
      let tensors = sources[name]?.map { ($0, "is computed into \(name), which \(reason)") } ?? [(name, reason)]
      for (tensor, reason) in tensors where !trainable.contains(tensor) && found[tensor] == nil {
        found[tensor] = reason
      }
    }
    for (source, results) in trainedInPlace {
      add(source, "is computed into \(named(results)), which \(results.count > 1 ? "are" : "is") trained in its place")
    }
    for (id, reason) in ParameterUsers(graph).reasons(parameterConstants) where !trainable.contains(graph[id].name) {
      add(graph[id].name, reason)
    }
    for (name, copies) in origins.copiesBySource.sorted(by: { $0.key < $1.key }) {
      add(name, "is read by several layers, each of which trains its own: \(copies.joined(separator: ", "))")
    }
    for (name, fate) in fates.sorted(by: { $0.key < $1.key }) { add(name, fate.reason) }
    for name in elsewhere.sorted() { add(name, "is not on the way to \(output), the result that is trained") }
    return found.map { PlanReport.Untrained(name: $0.key, reason: $0.value) }.sorted { $0.name < $1.name }
  }

  /// Tensors that the file computes trained ones of, with these.
  private var trainedInPlace: [(source: String, results: [String])] {
    var results: [String: [String]] = [:]
    for name in trainable.sorted() {
      for source in sources[name] ?? [] { results[source, default: []].append(name) }
    }
    return results.sorted { $0.key < $1.key }.map { (source: $0.key, results: $0.value) }
  }

  /// Names of what may be a parameter: weights, biases and what else is more than a number written in a node.
  var parameters: Set<String> {
    Set(ParameterUsers(graph).reasons(parameterConstants).map { graph[$0.id].name }).union(trainable)
  }

  /// What a policy may train, by name.
  fileprivate var trainable: Set<String> {
    Set(graph.layers.flatMap { [$0.weight] + [$0.bias].compactMap(\.self) }.map { graph[$0].name })
  }

  private var parameterConstants: [ValueID] {
    graph.ids.filter { id in
      graph.isConstant(id) && layouts[graph[id].name] != nil
        && (graph.type(id).count > 1 || !literals.contains(graph[id].name))
    }
  }

  /// Refuses entries of a policy that match nothing but what cannot be trained.
  ///
  /// - Throws: `PolicyError.untrainable`.
  func expectTrainable(_ policy: UpdatePolicy) throws(PolicyError) {
    let names = graph.layers.map { graph[$0.weight].name }
    for entry in policy.entries(outside: names) {
      if let tensor = untrained.first(where: { globMatches(entry.match, $0.name) }) {
        throw .untrainable(tensor: tensor.name, reason: tensor.reason)
      }
    }
  }
}

extension TensorFate {
  fileprivate var reason: String {
    switch self {
    case .absorbed(let node): "is one number, which became a part of node \(node)"
    case .ignored(let node): "takes no part in node \(node), which multiplies it by 0"
    case .folded: "is part of a convolution with its normalization multiplied in"
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

  /// Why constants are not trained; those that nobody would call parameters left out.
  func reasons(_ constants: [ValueID]) -> [(id: ValueID, reason: String)] {
    constants.compactMap { id in reason(id).map { (id, $0) } }
  }

  /// Why a constant is not trained; nil where nobody would call it a parameter.
  private func reason(_ id: ValueID) -> String? {
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

/// What of a model is trained otherwise than the file has it, or by no policy, in the numbers that its plans have.
public struct TrainingExceptions: Sendable {
  /// Tensors that no policy trains.
  public let untrained: [PlanReport.Untrained]
  /// What stands for something else than the file's tensor of that name.
  public let standIns: [PlanReport.StandIn]
  /// Whether a layer with weights of its own leads to the result.
  public let hasLayers: Bool

  /// - Throws: as `compile`.
  public init(_ model: ONNXModel, _ options: CompileOptions) throws {
    let imported = try Network(model, options)
    var options = options
    options.mode = imported.isQuantized ? .i8 : .f32
    let network = try imported.withClassifierHead(options).lowered(to: options.mode)
    untrained = network.untrained
    hasLayers = !network.graph.layers.isEmpty
    standIns = network.trainable.sorted().compactMap { name in
      network.meaning(of: name).map { PlanReport.StandIn(name: name, standsFor: $0) }
    }
  }
}
