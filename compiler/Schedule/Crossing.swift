import IR

extension Dataflow {
  /// For every operation the bytes of values made by its ancestors and read by its descendants, its own operands left
  /// out: in every order they are live while it runs.
  ///
  /// Ancestors and descendants are sets of bits, for a thousand operations at a time: all pairs would not fit in memory.
  func crossing() -> [Int] {
    // Append order is not topological (updates depend on later readers), so use a valid order.
    guard let sorted = try? order(.appended) else { return Array(repeating: 0, count: count) }
    var crossing = Crossing(self, sorted)
    for first in stride(from: 0, to: count, by: Crossing.width) { crossing.add(positionsFrom: first) }
    return crossing.bytes()
  }
}

/// The bytes that cross operations, which have the numbers of a valid order here.
private struct Crossing {
  private static let words = 16
  /// Operations that are looked at together.
  static let width = 64 * words

  private let sorted: [Int]
  /// Edges by position.
  private let successors: [[Int]]
  private let predecessors: [[Int]]
  /// What may cross: its bytes, and where it is made and read; made nowhere where it is an input.
  private let values: [(bytes: Int, producer: Int?, readers: [Int], isResult: Bool)]
  /// How many more bytes cross a position than the one before.
  private var change: [Int]
  /// Bytes of operands that cross their own reader.
  private var own: [Int]
  /// Position → which operations of the block come before it, and behind it.
  private var before: [UInt64]
  private var behind: [UInt64]

  init(_ flow: Dataflow, _ sorted: [Int]) {
    self.sorted = sorted
    var position = [Int](repeating: 0, count: sorted.count)
    for (index, number) in sorted.enumerated() { position[number] = index }
    successors = sorted.map { flow.successors[$0].map { position[$0] } }
    var predecessors = [[Int]](repeating: [], count: sorted.count)
    for (index, all) in successors.enumerated() { for later in all { predecessors[later].append(index) } }
    self.predecessors = predecessors
    let graph = flow.graph
    values = graph.ids.compactMap { id in
      let bytes = flow.transientBytes(id)
      guard bytes > 0, graph.content(of: id) == id, !graph.isConstant(id) else { return nil }
      let readers = flow.readers[id.index].map { position[$0] }
      return (bytes, flow.producer[id.index].map { position[$0] }, readers, flow.isResult[id.index])
    }
    change = Array(repeating: 0, count: sorted.count + 1)
    own = change
    before = Array(repeating: 0, count: sorted.count * Self.words)
    behind = before
  }

  /// Adds what crosses the operations of one block.
  mutating func add(positionsFrom first: Int) {
    relate(first)
    for value in values {
      // What is made behind the block, or read in front of it alone, does not cross it.
      if let producer = value.producer, producer >= first + Self.width { continue }
      if !value.isResult, value.readers.allSatisfy({ $0 <= first }) { continue }
      var last: UInt64 = 0
      for word in 0..<Self.words {
        let start = first + 64 * word
        guard start < sorted.count else { break }
        var mask = value.producer.map { behind[$0 * Self.words + word] } ?? .max
        if !value.isResult {
          mask &= value.readers.reduce(0) { $1 > first ? $0 | before[$1 * Self.words + word] : $0 }
        }
        if sorted.count - start < 64 { mask &= 1 << UInt64(sorted.count - start) - 1 }
        // Where a run of operations that it crosses begins or ends.
        var edges = mask ^ (mask << 1 | last)
        while edges != 0 {
          let bit = edges.trailingZeroBitCount
          change[start + bit] += mask >> UInt64(bit) & 1 == 1 ? value.bytes : -value.bytes
          edges &= edges - 1
        }
        last = mask >> 63
        for reader in value.readers where reader >= start && reader < start + 64 {
          if mask >> UInt64(reader - start) & 1 == 1 { own[reader] += value.bytes }
        }
      }
      if last == 1 { change[min(first + Self.width, sorted.count)] -= value.bytes }
    }
  }

  /// Finds which operations of a block come before and behind each operation.
  private mutating func relate(_ first: Int) {
    let block = first..<min(first + Self.width, sorted.count)
    func join(_ set: inout [UInt64], _ position: Int, _ others: [Int]) {
      let place = position * Self.words
      for word in 0..<Self.words { set[place + word] = 0 }
      for other in others {
        for word in 0..<Self.words { set[place + word] |= set[other * Self.words + word] }
        if block.contains(other) { set[place + (other - first) / 64] |= 1 << UInt64((other - first) % 64) }
      }
    }
    for position in first..<sorted.count { join(&before, position, predecessors[position].filter { $0 >= first }) }
    for position in (0..<block.upperBound).reversed() {
      join(&behind, position, successors[position].filter { $0 < block.upperBound })
    }
  }

  /// Bytes that cross each operation, by its number in the graph.
  func bytes() -> [Int] {
    var bytes = [Int](repeating: 0, count: sorted.count)
    var live = 0
    for (position, number) in sorted.enumerated() {
      live += change[position]
      bytes[number] = live - own[position]
    }
    return bytes
  }
}
