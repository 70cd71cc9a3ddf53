/// Orders in which greedy placement takes the items; equal keys keep the order of the items.
enum ItemOrder: CaseIterable {
  /// Largest first.
  case size
  /// Largest product of bytes and steps first.
  case area
  /// Longest in use first.
  case length
  /// In the order of their first step, larger ones before.
  case firstUse
  /// From the last step backwards, larger ones before.
  case lastUse
  /// Longest first, then the largest product of bytes and steps.
  case lengthThenArea
  /// The steps with the most live bytes first; within a step the largest items first.
  case crowdedSteps

  func indexes(_ items: [Item]) -> [Int] {
    func by(_ key: (Item) -> (Int, Int)) -> [Int] {
      let keys = items.map(key)
      return items.indices.sorted { (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1) }
    }
    func length(_ item: Item) -> Int { item.last - item.first + 1 }
    switch self {
    case .size: return by { (-$0.bytes, -length($0)) }
    case .area: return by { (-$0.bytes * length($0), -$0.bytes) }
    case .length: return by { (-length($0), -$0.bytes) }
    case .firstUse: return by { ($0.first, -$0.bytes) }
    case .lastUse: return by { (-$0.last, -$0.bytes) }
    case .lengthThenArea: return by { (-length($0), -$0.bytes * length($0)) }
    case .crowdedSteps:
      let crowd = crowding(items)
      return items.indices.sorted { (-crowd[$0], -items[$0].bytes, $0) < (-crowd[$1], -items[$1].bytes, $1) }
    }
  }
}

/// For each item the most bytes that are live in one of its steps.
func crowding(_ items: [Item]) -> [Int] {
  // The live bytes only grow where an item begins, so those steps are enough.
  let starts = Set(items.map(\.first)).sorted()
  var change = [Int](repeating: 0, count: starts.count + 1)
  let spans = items.map { (positions(starts, below: $0.first), positions(starts, below: $0.last + 1)) }
  for (item, span) in zip(items, spans) {
    change[span.0] += item.bytes
    change[span.1] -= item.bytes
  }
  var live = 0
  let bytes = starts.indices.map { index in
    live += change[index]
    return live
  }
  return spans.map { bytes[$0.0..<$0.1].max() ?? 0 }
}
