import IR
import Operators

// Both rewrites replace values one for one, so a `ValueID` means the same before and after.
extension Graph {
  /// The graph in which running statistics are variables: what a network predicts with after they were trained.
  ///
  /// Where BatchNorm was folded or frozen at import there is nothing to do.
  func keepingStatistics() throws(ShapeError) -> Graph {
    var statistics: Set<ValueID> = []
    for node in nodes where node.op is BatchNormInference { statistics.formUnion(node.inputs[3...]) }
    var rewriter = Rewriter(self)
    for id in ids {
      if case .constant(let constant) = self[id].definition, statistics.contains(id) {
        rewriter[id] = rewriter.graph.variable(self[id].name, constant, kind: .weight)
      } else {
        try rewriter.copy(id)
      }
    }
    return rewriter.finish()
  }

  /// A normalization with one value a channel in a batch, which has no variance.
  var normalizationOfSingleValues: String? {
    nodes.first { node in
      let type = type(node.output)
      return node.op is BatchNormInference && type.count == type.shape.last
    }.map { self[$0.output].name }
  }

  /// The graph that normalizes with the statistics of the batch.
  func normalizingByBatch() throws(ShapeError) -> Graph {
    var rewriter = Rewriter(self)
    for id in ids {
      if let node = node(id), let op = node.op as? BatchNormInference {
        let operands = node.inputs.prefix(3).map { rewriter[$0] }
        rewriter[id] = try rewriter.graph.append(BatchNorm(op.value), operands, name: self[id].name)
      } else {
        try rewriter.copy(id)
      }
    }
    return rewriter.finish()
  }

  /// Appends the updates of the running statistics that `inference` predicts with.
  mutating func appendStatistics(of inference: Graph) throws(ShapeError) {
    for node in inference.nodes {
      guard let op = node.op as? BatchNormInference else { continue }
      try append(RunningMean(op.momentum), node.inputs[3], node.inputs[0])
      try append(RunningVariance(op.momentum), node.inputs[4], node.inputs[0])
    }
  }
}
