import IR
import Operators

extension TrainingGraph {
  /// Fuses gradients of integer weights into their update, or into the sum over micro-batches, tile by tile, where
  /// nothing else reads them: no such gradient is ever in memory as a whole.
  public func fusingUpdates() throws(ShapeError) -> TrainingGraph {
    var readers = [Int](repeating: 0, count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { readers[operand.index] += 1 } }
    let merged = parameters.compactMap { parameter -> (parameter: TrainedParameter, node: Fused)? in
      guard readers[parameter.gradient.index] == 1 else { return nil }
      return fused(parameter).map { (parameter, $0) }
    }
    let byConsumer = Dictionary(uniqueKeysWithValues: merged.map { ($0.parameter.consumer, $0) })
    let gradients = Set(merged.map(\.parameter.gradient))
    var rewriter = Rewriter(graph)
    for id in graph.ids where !gradients.contains(id) {
      guard let (parameter, node) = byConsumer[id] else {
        try rewriter.copy(id)
        continue
      }
      rewriter[id] = try rewriter.graph.append(
        node.op, node.operands.map { rewriter[$0] }, as: graph[id])
      rewriter[parameter.gradient] = rewriter[id]
    }
    return mapped(&rewriter)
  }

  /// An operation fused of two.
  private typealias Fused = (op: any Operator, operands: [ValueID])

  /// The fusion of a gradient and its reader; nil where the reader needs the whole gradient.
  private func fused(_ parameter: TrainedParameter) -> Fused? {
    guard let consumer = graph.node(parameter.consumer), let gradient = graph.node(parameter.gradient),
      let op = gradient.op as? any PartialGradient
    else { return nil }
    let fused: Fused
    switch consumer.op {
    case let rule as QuantizedUpdate:
      guard let update = op.fused(with: rule) else { return nil }
      fused = (update, [consumer.inputs[0]] + consumer.inputs[2...] + gradient.inputs)
    case is Accumulate: fused = (op.summed, gradient.inputs + [consumer.inputs[0]])
    default: return nil
    }
    return (try? fused.op.infer(fused.operands.map(graph.type))) == nil ? nil : fused
  }
}

extension PartialGradient {
  /// The operation that computes this gradient and updates the weight with it.
  fileprivate func fused(with rule: QuantizedUpdate) -> (any Operator)? { GradWeightUpdate(self, rule) }

  /// The operation that computes this gradient and adds it to a sum.
  fileprivate var summed: any Operator { SummedGradWeight(self) }
}
