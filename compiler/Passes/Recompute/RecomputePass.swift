import IR

extension TrainingGraph {
  /// Rematerialization: the step whose backward pass recomputes forward values instead of keeping them.
  ///
  /// Bits are those of the step that keeps them: the same operations run on the same values, before any weight they
  /// read is updated.
  /// - Parameters:
  ///   - dropped: forward values that are not kept.
  ///   - checkpoints: forward values that are, so that others can be computed from them.
  public func recomputing(
    _ dropped: Set<ValueID>, from checkpoints: Set<ValueID>
  ) throws(ShapeError) -> TrainingGraph {
    let forward = Set(forwardOperations)
    let saved = savedForBackward
    var pass = Recomputation(
      rewriter: Rewriter(graph), forward: forward,
      kept: saved.subtracting(dropped).union(checkpoints).union(results))
    for id in graph.ids {
      guard let node = graph.node(id), !forward.contains(id) else {
        // Of an encoding that is not kept, nobody reads the first.
        if graph.node(id)?.op.timing != .encodesForBackward || !pass.isDropped(id) { try pass.rewriter.copy(id) }
        continue
      }
      // A view computes nothing: whoever reads it gets the view of what is recomputed.
      if case .view = node.op.sharing, pass.isDropped(id) { continue }
      let operands = try node.inputs.map { (operand) throws(ShapeError) in try pass.value(operand) }
      pass.rewriter[id] = try pass.rewriter.graph.append(node.op, operands, as: graph[id])
    }
    return mapped(&pass.rewriter)
  }
}

private struct Recomputation {
  var rewriter: Rewriter
  let forward: Set<ValueID>
  /// What stays alive from forward to backward.
  let kept: Set<ValueID>
  private var again: [ValueID: ValueID] = [:]

  init(rewriter: Rewriter, forward: Set<ValueID>, kept: Set<ValueID>) {
    self.rewriter = rewriter
    self.forward = forward
    self.kept = kept
  }

  func isDropped(_ id: ValueID) -> Bool {
    let content = rewriter.source.content(of: id)
    return forward.contains(content) && !kept.contains(content)
  }

  /// A value for the backward pass: as kept, or rematerialized once for all its readers.
  mutating func value(_ id: ValueID) throws(ShapeError) -> ValueID {
    // Runs may be thousands of operations long, too many for calls inside of each other.
    var stack = [id]
    while let top = stack.last {
      let missing = isMade(top) ? [] : rewriter.source.node(top)!.inputs.filter { !isMade($0) }
      guard missing.isEmpty else {
        stack += missing.reversed()
        continue
      }
      stack.removeLast()
      if isMade(top) { continue }
      let node = rewriter.source.node(top)!
      again[top] = try rewriter.graph.append(node.op, node.inputs.map(made), as: rewriter.source[top])
    }
    return made(id)
  }

  /// Whether backward can read the value: it is kept, or was recomputed.
  private func isMade(_ id: ValueID) -> Bool {
    again[id] != nil || !isDropped(id) || rewriter.source.node(id) == nil
  }

  private func made(_ id: ValueID) -> ValueID { again[id] ?? rewriter[id] }
}
