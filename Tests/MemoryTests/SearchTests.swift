import Testing

@testable import Memory

/// Few items, so that every order can be tried.
private func fewItems(_ generator: inout Random) -> [Item] {
  let alignments = [[1], [4], [1, 8]][generator.below(3)]
  return (0..<generator.below(6) + 1).map { _ in
    let first = generator.below(7)
    return Item(
      bytes: generator.below(21), first: first,
      last: first + generator.below(4), alignment: alignments[generator.below(alignments.count)])
  }
}

/// The fewest bytes: in some order, every item stands right on those before it that it meets.
private func fewestBytes(_ items: [Item], _ placed: [(item: Item, end: Int)] = []) -> Int {
  guard !items.isEmpty else { return placed.map(\.end).max() ?? 0 }
  return items.indices.map { index in
    var rest = items
    let item = rest.remove(at: index)
    let below = placed.filter { $0.item.overlaps(item) && item.bytes > 0 && $0.item.bytes > 0 }.map(\.end).max() ?? 0
    let end = item.bytes == 0 ? 0 : aligned(below, to: item.alignment) + item.bytes
    return fewestBytes(rest, placed + [(item, end)])
  }.min()!
}

@Test func smallSetsArePlacedOptimally() throws {
  var generator = Random(state: 6)
  for _ in 0..<400 {
    let items = fewItems(&generator)
    let result = placeExactly(items)
    try PlacementChecker.check(items, result.placement)
    #expect(result.isOptimal && result.placement.bytes == aligned(fewestBytes(items), to: granule(items)), "\(items)")
    #expect(result == placeExactly(items))
  }
}

/// A goal below what is possible is refused with a proof; one that is possible is met.
@Test func goalsAreMetWhereTheyCanBe() throws {
  // Two pairs that both want the middle: 5 bytes are live at most, 6 are needed.
  let items = [(2, 0, 3), (1, 2, 5), (2, 4, 7), (2, 0, 1), (2, 6, 9), (3, 8, 11), (1, 10, 11), (4, 12, 12)].map {
    Item(bytes: $0.0, first: $0.1, last: $0.2)
  }
  let best = placeExactly(items)
  #expect(best.isOptimal)
  for goal in best.placement.bytes...best.placement.bytes + 3 {
    #expect(placeExactly(items, goal: goal).placement.bytes <= goal)
  }
  let below = placeExactly(items, goal: best.placement.bytes - 1)
  #expect(below.placement.bytes == best.placement.bytes)
}

@Test func withoutEffortTheGreedyPlacementStays() {
  var generator = Random(state: 9)
  let items = (0..<60).map { _ in
    let first = generator.below(41)
    return Item(
      bytes: 1 + generator.below(500), first: first,
      last: first + generator.below(21))
  }
  let result = placeExactly(items, effort: 0)
  #expect(result.placement == place(items) && result.lowerBound == lowerBound(items))
  #expect(placeExactly(items).placement.bytes <= result.placement.bytes)
}
