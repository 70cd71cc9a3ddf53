import IR
import Operators

extension TrainingGraph {
  /// Computes gradients of integer weights in parts and uses each at once, where nothing but the update reads them.
  public func fusingUpdates() throws(ShapeError) -> TrainingGraph {
    var readers = [Int](repeating: 0, count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { readers[operand.index] += 1 } }
    let fused = parameters.compactMap { parameter -> (parameter: TrainedParameter, op: any Operator)? in
      guard readers[parameter.gradient.index] == 1, parameter.consumer == parameter.update else { return nil }
      return fusedUpdate(parameter).map { (parameter, $0) }
    }
    let byUpdate = Dictionary(uniqueKeysWithValues: fused.map { ($0.parameter.update, $0) })
    let gradients = Set(fused.map(\.parameter.gradient))
    var rewriter = Rewriter(graph)
    for id in graph.ids where !gradients.contains(id) {
      guard let (parameter, op) = byUpdate[id], let update = graph.node(id),
        let gradient = graph.node(parameter.gradient)
      else {
        try rewriter.copy(id)
        continue
      }
      let operands = fusedOperands(update, gradient).map { rewriter[$0] }
      rewriter[id] = try rewriter.graph.append(op, operands, name: graph[id].name)
      rewriter[parameter.gradient] = rewriter[id]
    }
    return mapped(&rewriter)
  }

  /// The operation that stands for both; nil where the update wants the whole gradient.
  private func fusedUpdate(_ parameter: TrainedParameter) -> (any Operator)? {
    guard let update = graph.node(parameter.update), let rule = update.op as? QuantizedUpdate,
      let gradient = graph.node(parameter.gradient)
    else { return nil }
    let fused: (any Operator)? =
      switch gradient.op {
      case let op as QuantizedGradWeight: GradWeightUpdate(op, rule)
      case let op as QuantizedDepthwiseGradWeight: GradWeightUpdate(op, rule)
      default: nil
      }
    guard let fused, (try? fused.infer(fusedOperands(update, gradient).map(graph.type))) != nil else { return nil }
    return fused
  }

  private func fusedOperands(_ update: Node, _ gradient: Node) -> [ValueID] {
    [update.inputs[0]] + update.inputs[2...] + gradient.inputs
  }
}
