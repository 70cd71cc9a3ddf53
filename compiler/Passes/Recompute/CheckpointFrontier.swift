/// All choices for a chain that no other beats in peak bytes and multiplications.
///
/// A dynamic program from the end of the chain to its start. What the rest of a chain needs is a number of bytes on top
/// of what is kept in front of it, so that one table answers every budget (as that of Beaumont et al., Optimal
/// checkpointing for heterogeneous chains, does for slots of memory; here bytes are exact). A state is its first part and a
/// link to the state behind it, as in rotor's persistent form: nothing is copied. Of chains with more than 64 segments,
/// states whose bytes differ by less than half a per cent are one; more than 512 segments are taken in groups.
public struct CheckpointFrontier: Sendable {
  /// Chains up to this length are solved exactly.
  static let exactLength = 64
  /// Groups that longer chains are divided into.
  static let groupLimit = 512

  /// A way through the rest of the chain.
  struct State {
    /// Bytes that it needs beside what is kept in front of it; where a run begins it, without the value it starts from.
    var need: Int
    var macs: Int
    /// Where its first part ends, and which state of those there goes on.
    var end: Int32
    var next: Int32
    var nextIsRun: Bool
  }

  /// The chain as it was solved.
  private let chain: [CheckpointChain.Segment]
  private let ranges: [Range<Int>]
  /// Position → ways on that keep the segment there, and those that begin a run with it; ever more bytes, ever fewer
  /// multiplications.
  private var kept: [[State]]
  private var runs: [[State]]
  /// Whole ways: peak, multiplications, and the state that begins them; ever more bytes, ever fewer multiplications.
  private var ways: [(peak: Int, macs: Int, isRun: Bool, state: Int)] = []
  /// States that were looked at: the work that the table took.
  public private(set) var work = 0

  /// States that are kept.
  public var states: Int { kept.reduce(0) { $0 + $1.count } + runs.reduce(0) { $0 + $1.count } }

  init(_ whole: CheckpointChain) {
    let groups = SegmentGroups(whole.segments, limit: Self.groupLimit)
    (chain, ranges) = (groups.groups, groups.ranges)
    kept = Array(repeating: [], count: chain.count + 1)
    runs = kept
    // Behind the chain nothing is needed, not even what is kept.
    kept[chain.count] = [State(need: -(1 << 60), macs: 0, end: Int32(chain.count), next: 0, nextIsRun: false)]
    let isExact = chain.count <= Self.exactLength
    for position in chain.indices.reversed() {
      kept[position] = keeping(position, isExact)
      runs[position] = recomputing(position, isExact)
    }
    ways = kept[0].indices.map { (kept[0][$0].need, kept[0][$0].macs, false, $0) }
    ways += runs[0].indices.map { (runs[0][$0].need + whole.start, runs[0][$0].macs, true, $0) }
    ways.sort { ($0.peak, $0.macs) < ($1.peak, $1.macs) }
    var fewest = Int.max
    ways = ways.filter { way in
      defer { fewest = min(fewest, way.macs) }
      return way.macs < fewest
    }
  }

  /// The smallest peak of all choices; nil for a chain of nothing.
  public var least: Int? { ways.first?.peak }

  /// The choice with the fewest multiplications whose peak is within the budget; nil where there is none.
  public func cheapest(under budget: Int) -> CheckpointChain.Choice? {
    var low = 0
    var high = ways.count
    while low < high {
      let middle = (low + high) / 2
      if ways[middle].peak <= budget { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : choice(ways[low - 1])
  }

  private func choice(_ way: (peak: Int, macs: Int, isRun: Bool, state: Int)) -> CheckpointChain.Choice {
    var choice = CheckpointChain.Choice(runs: [], macs: way.macs, peak: way.peak)
    var (position, isRun, index) = (0, way.isRun, way.state)
    while position < chain.count {
      let state = isRun ? runs[position][index] : kept[position][index]
      let end = Int(state.end)
      if isRun { choice.runs.append(ranges[position].lowerBound..<ranges[end - 1].upperBound) }
      (position, isRun, index) = (end, state.nextIsRun, Int(state.next))
    }
    return choice
  }

  private mutating func keeping(_ position: Int, _ isExact: Bool) -> [State] {
    let segment = chain[position]
    var best = UnbeatenStates(isExact: isExact)
    let least = max(segment.forward, segment.backward)
    add(behind: position + 1, least: least, kept: segment.saved, cut: segment.cutIsSaved ? 0 : segment.cut, to: &best)
    return best.states()
  }

  private mutating func recomputing(_ position: Int, _ isExact: Bool) -> [State] {
    var best = UnbeatenStates(isExact: isExact)
    // To keep everything needs no multiplications: runs that need as much are of no use.
    let limit = kept[position].last?.need ?? .max
    var (again, macs, least) = (0, 0, 0)
    for end in position + 1...chain.count {
      let segment = chain[end - 1]
      // Forward keeps nothing of the run. Backward has the values of the run up to here again.
      least = max(least, again + max(segment.forward, segment.backward))
      again += segment.saved
      macs += segment.macs
      if least >= limit { break }
      guard segment.saved > 0 else { continue }
      add(behind: end, least: least, macs: macs, cut: segment.cut, below: limit, to: &best)
    }
    return best.states()
  }

  /// Adds what begins with a part that ends here and needs at least so many bytes, and goes on in every way there is.
  ///
  /// - Parameters:
  ///   - kept: bytes that the part leaves for backward.
  ///   - cut: bytes of its last value, where the next run starts from that.
  private mutating func add(
    behind end: Int, least: Int, kept saved: Int = 0, macs: Int = 0, cut: Int, below limit: Int = .max,
    to best: inout UnbeatenStates
  ) {
    for isRun in [false, true] {
      let states = isRun ? runs[end] : kept[end]
      let more = isRun ? saved + cut : saved
      // Of those that need less than the part itself, the last has the fewest multiplications.
      var index = max(0, states.firstIndex(above: least - more) - 1)
      while index < states.count {
        let need = max(least, states[index].need + more)
        if need >= limit { break }
        work += 1
        best.insert(
          State(need: need, macs: states[index].macs + macs, end: Int32(end), next: Int32(index), nextIsRun: isRun))
        index += 1
      }
    }
  }
}

extension [CheckpointFrontier.State] {
  /// Where those begin that need more than so many bytes.
  fileprivate func firstIndex(above need: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].need <= need { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
