import IR

/// What a value in the arena is for.
public enum TensorClass: String, Sendable, CaseIterable {
  /// Variables that are trained.
  case weights
  /// Other variables: optimizer state and accumulators, and what is read of them from a file.
  case state
  /// Saved tensors: forward values, or their encodings, that the backward pass reads.
  case saved
  /// Forward values that the backward pass does not read.
  case activations
  /// What backward and update operations compute.
  case gradients
  /// Inputs of the graph and its results.
  case io
}

extension Schedule {
  /// The class of every value by index; nil for constants, views and anything else without bytes of its own.
  public func tensorClasses() -> [TensorClass?] {
    var readByBackward = Set<ValueID>()
    for node in graph.nodes where isBackward(node) {
      if case .view = node.op.sharing { continue }
      for operand in node.inputs { readByBackward.insert(graph.content(of: operand)) }
    }
    let results = Set(results.map(graph.content))
    return graph.ids.map { id in
      switch graph[id].definition {
      case .constant: return nil
      case .input: return .io
      case .variable: return graph[id].kind.isState ? .state : .weights
      case .operation(let op, _):
        if case .view = op.sharing { return nil }
        if let index = bufferOf[id] {
          // Where state is read from a file, its buffer begins with that.
          if graph[buffers[index].members[0]].kind.isState { return .state }
          if buffers[index].isPersistent { return .weights }
        }
        if results.contains(id) { return .io }
        if id.index >= forwardCount && op.timing != .encodesForBackward { return .gradients }
        return readByBackward.contains(id) ? .saved : .activations
      }
    }
  }

  /// Appended by differentiation, and not an encoding of a forward value.
  private func isBackward(_ node: Node) -> Bool {
    node.output.index >= forwardCount && node.op.timing != .encodesForBackward
  }

  /// The value each buffer in use holds at a step, by buffer; after the step's operation has written.
  public func contents(at step: Int) -> [(buffer: Int, value: ValueID)] {
    var written: [ValueID: Int] = [:]
    for (index, id) in order.enumerated() { written[id] = index }
    return buffers.indices.compactMap { index in
      let buffer = buffers[index]
      guard buffer.first <= step && step <= buffer.last else { return nil }
      let held = buffer.members.last { graph.content(of: $0) == $0 && written[$0] ?? 0 <= step }
      return held.map { (index, $0) }
    }
  }
}
