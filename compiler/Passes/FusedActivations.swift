import IR
import Operators

extension Graph {
  /// Activation functions that a network computes in parts as one operator each, which keeps one value for backward
  /// instead of one for each part.
  public func fusingActivations() throws(ShapeError) -> Graph {
    var rewriter = Rewriter(self)
    for id in ids {
      guard let (op, x) = activation(id) else {
        try rewriter.copy(id)
        continue
      }
      rewriter[id] = try rewriter.graph.append(op, rewriter[x], name: self[id].name)
    }
    return try rewriter.finish().pruned()
  }

  private func activation(_ id: ValueID) -> (op: any Operator, x: ValueID)? {
    for activation in composedActivations {
      if let found = activation.composed(id, in: self) { return found }
    }
    return nil
  }
}
