/// Choice of a gap among those that are large enough for an item: first fit or best fit.
enum Fit: CaseIterable {
  /// The lowest gap.
  case first
  /// The tightest gap; the lowest of equal ones.
  case best
}

/// Places the items one by one in the given order, each into a gap between the items already placed that it meets
/// in time, or on top of them.
func placeGreedily(_ items: [Item], order: [Int], fit: Fit) -> Placement {
  var offsets = [Int](repeating: 0, count: items.count)
  var placed: [Int] = []  // by offset
  placed.reserveCapacity(items.count)
  var top = 0
  for index in order where items[index].bytes > 0 {
    let item = items[index]
    var end = 0
    var choice: (offset: Int, gap: Int)?
    for other in placed where items[other].overlaps(item) {
      let start = aligned(end, to: item.alignment)
      let gap = offsets[other] - start
      if gap >= item.bytes && gap < choice?.gap ?? .max {
        choice = (start, gap)
        if fit == .first { break }
      }
      end = max(end, offsets[other] + items[other].bytes)
    }
    let offset = choice?.offset ?? aligned(end, to: item.alignment)
    offsets[index] = offset
    top = max(top, offset + item.bytes)
    placed.insert(index, at: position(of: offset, in: placed, offsets))
  }
  return Placement(offsets: offsets, bytes: aligned(top, to: granule(items)))
}

/// First position in `placed` whose offset is greater than `offset`.
private func position(of offset: Int, in placed: [Int], _ offsets: [Int]) -> Int {
  var low = 0
  var high = placed.count
  while low < high {
    let middle = (low + high) / 2
    if offsets[placed[middle]] <= offset { low = middle + 1 } else { high = middle }
  }
  return low
}
