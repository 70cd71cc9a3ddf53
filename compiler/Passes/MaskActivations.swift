import IR
import Operators

extension TrainingGraph {
  /// Saves a bit mask of a clipped activation for backward where no other node keeps the activation alive.
  ///
  /// The mask is taken directly after the activation (`Timing.encodesForBackward`), so that its bytes can be freed.
  public func maskingActivations() throws(ShapeError) -> TrainingGraph {
    let kept = keptForBackward()
    var rewriter = Rewriter(graph)
    for id in graph.ids {
      guard let node = graph.node(id), let op = node.op as? any MaskableGradient,
        !kept.contains(graph.content(of: node.inputs[1]))
      else {
        try rewriter.copy(id)
        continue
      }
      let mask = try rewriter.graph.append(
        BitMask(low: op.low, high: op.high), rewriter[node.inputs[1]], name: graph[node.inputs[1]].name + ".mask")
      rewriter[id] = try rewriter.graph.append(
        MaskGrad(slope: op.slope), rewriter[node.inputs[0]], mask, name: graph[id].name)
    }
    return mapped(&rewriter)
  }

  /// Values that backward nodes other than their maskable gradients read.
  private func keptForBackward() -> Set<ValueID> {
    var kept: Set<ValueID> = []
    for node in graph.nodes where node.output.index >= forwardCount && node.op.timing != .encodesForBackward {
      for (position, operand) in node.inputs.enumerated() where position != 1 || !(node.op is any MaskableGradient) {
        kept.insert(graph.content(of: operand))
      }
    }
    return kept
  }

  /// The same step over the graph that a rewriter made.
  func mapped(_ rewriter: inout Rewriter) -> TrainingGraph {
    var result = self
    result.graph = rewriter.finish()
    result.forwardCount = rewriter.count(below: forwardCount)
    result.logits = rewriter[logits]
    result.loss = rewriter[loss]
    for index in parameters.indices {
      result.parameters[index].value = rewriter[parameters[index].value]
      result.parameters[index].gradient = rewriter[parameters[index].gradient]
      result.parameters[index].consumer = rewriter[parameters[index].consumer]
      result.parameters[index].update = rewriter[parameters[index].update]
    }
    return result
  }
}
