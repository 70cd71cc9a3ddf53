/// Neighbouring segments of a long chain taken as one, so that there are at most so many.
///
/// What a group keeps or recomputes, and its peak, are exactly those of its segments in a row; only where runs begin and
/// end is coarser. Groups save about the same bytes each, as the segments of Chen et al., Training Deep Nets with
/// Sublinear Memory Cost.
struct SegmentGroups {
  let groups: [CheckpointChain.Segment]
  /// The segments of each group.
  let ranges: [Range<Int>]

  init(_ segments: [CheckpointChain.Segment], limit: Int) {
    guard segments.count > limit else {
      groups = segments
      ranges = segments.indices.map { $0..<$0 + 1 }
      return
    }
    var groups: [CheckpointChain.Segment] = []
    var ranges: [Range<Int>] = []
    // Bytes count, and so do segments, where some save nothing.
    let weights = segments.map { Double($0.saved) }
    let total = max(weights.reduce(0, +), 1)
    let share = 1 / Double(segments.count)
    var weight = 0.0
    for (index, segment) in segments.enumerated() {
      let before = Int(weight * Double(limit))
      weight += (weights[index] / total + share) / 2
      if let last = groups.last, index > 0, before == Int((weight - 1e-9) * Double(limit)) || groups.count == limit {
        groups[groups.count - 1] = last.joined(segment)
        ranges[ranges.count - 1] = ranges.last!.lowerBound..<index + 1
      } else {
        groups.append(segment)
        ranges.append(index..<index + 1)
      }
    }
    self.groups = groups
    self.ranges = ranges
  }
}

extension CheckpointChain.Segment {
  /// This segment and the next as one.
  fileprivate func joined(_ next: CheckpointChain.Segment) -> CheckpointChain.Segment {
    CheckpointChain.Segment(
      saved: saved + next.saved, cut: next.cut, cutIsSaved: next.cutIsSaved, macs: macs + next.macs,
      forward: max(forward, saved + next.forward), backward: max(backward, saved + next.backward))
  }
}
