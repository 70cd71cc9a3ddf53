/// What is wrong with a placement.
public enum PlacementError: Error, Hashable, Sendable {
  /// Not one offset per item.
  case count(offsets: Int, items: Int)
  case negativeOffset(item: Int)
  case misaligned(item: Int)
  /// Ends behind the bytes that the placement claims.
  case beyondEnd(item: Int)
  /// Both are in use at `step` and share bytes.
  case overlap(Int, Int, step: Int)
  case overCap(bytes: Int, cap: Int)
}

/// Checks placements; shares no code with what makes them.
public enum PlacementChecker {
  /// Sweeps over the steps with the live items sorted by offset: the bytes of neighbours must not overlap.
  public static func check(_ items: [Item], _ placement: Placement, cap: Int? = nil) throws(PlacementError) {
    guard placement.offsets.count == items.count else {
      throw .count(offsets: placement.offsets.count, items: items.count)
    }
    for (index, item) in items.enumerated() {
      let offset = placement.offsets[index]
      if offset < 0 { throw .negativeOffset(item: index) }
      if offset & (item.alignment - 1) != 0 { throw .misaligned(item: index) }
      if offset + item.bytes > placement.bytes { throw .beyondEnd(item: index) }
    }
    if let cap, placement.bytes > cap { throw .overCap(bytes: placement.bytes, cap: cap) }

    let real = items.indices.filter { items[$0].bytes > 0 }
    let begins = real.sorted { (items[$0].first, $0) < (items[$1].first, $1) }
    let ends = real.sorted { (items[$0].last, $0) < (items[$1].last, $1) }
    var live: [Int] = []
    var ended = 0
    for index in begins {
      let now = items[index].first
      while ended < ends.count, items[ends[ended]].last < now {
        let offset = placement.offsets[ends[ended]]
        live.remove(at: positions(placement.offsets, of: live, below: offset))
        ended += 1
      }
      let start = placement.offsets[index]
      let end = start + items[index].bytes
      let above = positions(placement.offsets, of: live, below: start)
      if above < live.count, placement.offsets[live[above]] < end { throw .overlap(live[above], index, step: now) }
      if above > 0 {
        let below = live[above - 1]
        if placement.offsets[below] + items[below].bytes > start { throw .overlap(below, index, step: now) }
      }
      live.insert(index, at: above)
    }
  }
  /// How many of the live items, which are sorted by offset and share no bytes, lie below an offset.
  private static func positions(_ offsets: [Int], of live: [Int], below limit: Int) -> Int {
    var low = 0
    var high = live.count
    while low < high {
      let middle = (low + high) / 2
      if offsets[live[middle]] < limit { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
