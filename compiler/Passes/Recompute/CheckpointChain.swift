/// Optimal checkpointing of a chain of segments: which of them to rematerialize under a byte budget.
///
/// Exact over all ways to divide the chain into segments that are kept and runs of segments that are recomputed from
/// the value in front of them (the dynamic program of Beaumont et al., Optimal checkpointing for heterogeneous chains,
/// with every run recomputed once).
public struct CheckpointChain: Sendable {
  public struct Segment: Hashable, Sendable {
    /// Bytes that backward reads of the segment.
    public var saved: Int
    /// Bytes of the value that leads on to the next segment, and whether `saved` counts it.
    public var cut: Int
    public var cutIsSaved: Bool
    /// Multiplications of the forward pass.
    public var macs: Int
    /// Bytes in use during its forward and backward pass beside what the segments before keep.
    public var forward: Int
    public var backward: Int

    public init(saved: Int, cut: Int, cutIsSaved: Bool, macs: Int, forward: Int, backward: Int) {
      self.saved = saved
      self.cut = cut
      self.cutIsSaved = cutIsSaved
      self.macs = macs
      self.forward = forward
      self.backward = backward
    }
  }

  /// Which runs of segments are recomputed.
  public struct Choice: Hashable, Sendable {
    public var runs: [Range<Int>]
    public var macs: Int
    public var peak: Int
  }

  public var segments: [Segment]
  /// Bytes of what the first segment reads.
  public var start: Int

  public init(_ segments: [Segment], start: Int) {
    self.segments = segments
    self.start = start
  }

  /// A way through the first segments.
  private struct State {
    var kept: Int
    var macs: Int
    var peak: Int
    /// Whether the last segment is recomputed, so that its cut takes bytes of its own.
    var endsInRun: Bool
    var runs: [Range<Int>]
  }

  /// The choice with the fewest multiplications whose peak is within the budget; nil where there is none.
  public func cheapest(under budget: Int) -> Choice? {
    var states: [[State]] = Array(repeating: [], count: segments.count + 1)
    states[0] = [State(kept: 0, macs: 0, peak: 0, endsInRun: false, runs: [])]
    for index in segments.indices {
      for state in Self.best(states[index]) {
        if let next = keeping(index, state), next.peak <= budget { states[index + 1].append(next) }
        for end in index + 1...segments.count {
          guard let next = recomputing(index..<end, state), next.peak <= budget else { break }
          if segments[end - 1].saved > 0 { states[end].append(next) }
        }
      }
    }
    return states[segments.count].min { ($0.macs, $0.peak) < ($1.macs, $1.peak) }.map {
      Choice(runs: $0.runs, macs: $0.macs, peak: $0.peak)
    }
  }

  private func keeping(_ index: Int, _ state: State) -> State? {
    let segment = segments[index]
    var next = state
    next.peak = max(state.peak, state.kept + max(segment.forward, segment.backward))
    next.kept += segment.saved
    next.endsInRun = false
    return next
  }

  private func recomputing(_ run: Range<Int>, _ state: State) -> State? {
    var next = state
    let first = run.lowerBound
    next.kept += first == 0 ? start : segments[first - 1].cutIsSaved && !state.endsInRun ? 0 : segments[first - 1].cut
    var again = 0
    for index in run {
      let segment = segments[index]
      // Forward keeps nothing of the run. Backward has the values of the run up to here again.
      next.peak = max(next.peak, next.kept + again + max(segment.forward, segment.backward))
      again += segment.saved
      next.macs += segment.macs
    }
    next.endsInRun = true
    next.runs.append(run)
    return next
  }

  /// States that no other beats in bytes and multiplications.
  private static func best(_ states: [State]) -> [State] {
    var result: [State] = []
    for endsInRun in [false, true] {
      var fewest = Int.max
      let sorted = states.filter { $0.endsInRun == endsInRun }.sorted { ($0.kept, $0.macs) < ($1.kept, $1.macs) }
      for state in sorted where state.macs < fewest {
        fewest = state.macs
        result.append(state)
      }
    }
    return result
  }
}
