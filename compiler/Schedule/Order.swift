import IR
import Memory

/// How the next of the operations that are ready is chosen.
enum OrderRule: CaseIterable {
  /// As appended: forward, loss, backward as differentiation wrote them.
  case appended
  /// As appended, but weight gradients, which lead to updates only, before the rest of the backward pass.
  case updatesFirst
  /// What frees the most bytes, or adds the fewest.
  case fewestLiveBytes
}

/// Rank of a ready operation; the smallest runs next.
private struct Rank: Comparable {
  let urgency: Int
  let bytes: Int
  let number: Int

  static func < (a: Rank, b: Rank) -> Bool {
    (a.urgency, a.bytes, a.number) < (b.urgency, b.bytes, b.number)
  }
}

extension Dataflow {
  /// Node numbers in an order that respects every dependence.
  ///
  /// Whatever the rule, encodings for backward go directly after the producer of their operand, and updates as soon
  /// as their gradient is there and the old value has been read by all.
  func order(_ rule: OrderRule) throws(ScheduleError) -> [Int] {
    let urgency = urgencies(rule)
    var waiting = predecessorCounts
    var unread = readers.map(\.count)
    var done = [Bool](repeating: false, count: count)
    var ready = Heap<Rank>()
    func rank(_ number: Int) -> Rank {
      let bytes = rule == .fewestLiveBytes ? growth(of: number, unread: unread) : 0
      return Rank(urgency: urgency[number], bytes: bytes, number: number)
    }
    for number in 0..<count where waiting[number] == 0 { ready.push(rank(number)) }
    var result: [Int] = []
    result.reserveCapacity(count)
    while let next = ready.pop() {
      let number = next.number
      // A rank that has improved since is in the heap a second time.
      if done[number] || next != rank(number) { continue }
      done[number] = true
      result.append(number)
      for later in successors[number] {
        waiting[later] -= 1
        if waiting[later] == 0 { ready.push(rank(later)) }
      }
      for operand in operands[number] {
        unread[operand.index] -= 1
        guard rule == .fewestLiveBytes, unread[operand.index] == 1 else { continue }
        // The only reader left now frees it.
        if let last = readers[operand.index].first(where: { !done[$0] }), waiting[last] == 0 { ready.push(rank(last)) }
      }
    }
    if let stuck = done.firstIndex(of: false) { throw .cycle(values[stuck]) }
    return result
  }

  /// 0: encodings for backward, 1: updates, 2: what leads to updates only, where the rule prefers it, 3: the rest.
  private func urgencies(_ rule: OrderRule) -> [Int] {
    var urgency = [Int](repeating: 3, count: count)
    for number in (0..<count).reversed() {
      switch node(number).op.timing {
      case .encodesForBackward: urgency[number] = 0
      case .updates, .copiesOldValue: urgency[number] = 1
      case .free:
        let value = values[number].index
        guard rule == .updatesFirst, !readers[value].isEmpty, !isResult[value] else { continue }
        if readers[value].allSatisfy({ urgency[$0] == 1 || urgency[$0] == 2 }) { urgency[number] = 2 }
      }
    }
    return urgency
  }

  /// Transient bytes in use after the operation minus those before it.
  private func growth(of number: Int, unread: [Int]) -> Int {
    func bytes(_ id: ValueID) -> Int {
      isPersistent[id.index] ? 0 : aligned(graph.type(id).bytes, to: arenaAlignment)
    }
    var growth = bytes(values[number])
    for operand in operands[number] where unread[operand.index] == 1 && !isResult[operand.index] {
      growth -= bytes(operand)
    }
    return growth
  }
}
