import IR
import Operators

extension Graph {
  /// In-place depthwise layers: they and their gradients overwrite their input where its lifetime ends there.
  ///
  /// Encodings for backward run before, and readers that lead to updates alone can, so that they do not prolong it.
  public func reusingWindows() throws(ShapeError) -> Graph {
    var rewriter = try windowRewriter()
    return rewriter.finish()
  }

  fileprivate func windowRewriter() throws(ShapeError) -> Rewriter {
    let readers = windowReaders
    var rewriter = Rewriter(self)
    for id in ids {
      guard let node = node(id), var op = node.op as? any InPlaceWindow,
        isLast(node, readers), !isConstant(content(of: node.inputs[0])),
        op.possibleDelay(node.inputs.map(type), type(id)) != nil
      else {
        try rewriter.copy(id)
        continue
      }
      op.isInPlace = true
      rewriter[id] = try rewriter.graph.append(op, node.inputs.map { rewriter[$0] }, as: self[id])
    }
    return rewriter
  }

  /// Value index → the operations that read its bytes; nil where these outlive all of them.
  private var windowReaders: [[ValueID]?] {
    var readers = [[ValueID]?](repeating: [], count: values.count)
    for node in nodes where node.op.timing != .encodesForBackward {
      for operand in Set(node.inputs.map(content)) { readers[operand.index]?.append(node.output) }
    }
    for output in outputs { readers[content(of: output.value).index] = nil }
    return readers
  }

  /// Whether an operation can be the last reader of its first operand: all others can run before it.
  private func isLast(_ node: Node, _ readers: [[ValueID]?]) -> Bool {
    guard let own = readers[content(of: node.inputs[0]).index] else { return false }
    let others = own.filter { $0 != node.output }
    guard !others.isEmpty else { return true }
    let after = descendants(of: node.output)
    let read = Set(node.inputs.map(content))
    return others.allSatisfy { other in
      guard !after.contains(other), leadsToUpdates(other, readers) else { return false }
      guard case .overwrites(let operand) = self.node(other)!.op.sharing else { return true }
      return !read.contains(content(of: self.node(other)!.inputs[operand]))
    }
  }

  /// Whether an operation is an update, or nothing but updates read what it makes.
  private func leadsToUpdates(_ id: ValueID, _ readers: [[ValueID]?]) -> Bool {
    if node(id)?.op.timing == .updates { return true }
    guard let users = readers[id.index], !users.isEmpty else { return false }
    return users.allSatisfy { node($0)?.op.timing == .updates }
  }

  private func descendants(of id: ValueID) -> Set<ValueID> {
    var found: Set<ValueID> = [id]
    for node in nodes where node.output > id && node.inputs.contains(where: found.contains) {
      found.insert(node.output)
    }
    return found
  }
}

extension TrainingGraph {
  /// As `Graph.reusingWindows`.
  public func reusingWindows() throws(ShapeError) -> TrainingGraph {
    var rewriter = try graph.windowRewriter()
    return mapped(&rewriter)
  }
}
