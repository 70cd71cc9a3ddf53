import IR
import Operators

extension Graph {
  /// Lets depthwise layers and their gradients write over what they read, where nobody else reads it.
  ///
  /// Encodings for backward are taken before, so that they do not count.
  public func reusingWindows() throws(ShapeError) -> Graph {
    var rewriter = try windowRewriter()
    return rewriter.finish()
  }

  fileprivate func windowRewriter() throws(ShapeError) -> Rewriter {
    var readers = [Int](repeating: 0, count: values.count)
    for node in nodes where node.op.timing != .encodesForBackward {
      for operand in Set(node.inputs.map(content)) { readers[operand.index] += 1 }
    }
    for output in outputs { readers[content(of: output.value).index] += 1 }
    var rewriter = Rewriter(self)
    for id in ids {
      guard let node = node(id), var op = node.op as? any InPlaceWindow,
        readers[content(of: node.inputs[0]).index] == 1, !isConstant(content(of: node.inputs[0])),
        op.possibleDelay(node.inputs.map(type), type(id)) != nil
      else {
        try rewriter.copy(id)
        continue
      }
      op.isInPlace = true
      rewriter[id] = try rewriter.graph.append(op, node.inputs.map { rewriter[$0] }, name: self[id].name)
    }
    return rewriter
  }
}

extension TrainingGraph {
  /// As `Graph.reusingWindows`.
  public func reusingWindows() throws(ShapeError) -> TrainingGraph {
    var rewriter = try graph.windowRewriter()
    return mapped(&rewriter)
  }
}
