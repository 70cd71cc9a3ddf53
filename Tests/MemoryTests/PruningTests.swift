import Testing

@testable import Memory

/// Few items, so that every order can be tried; dense, so that they hinder each other.
private func fewItems(_ generator: inout Random) -> [Item] {
  let alignments = [[1], [4], [1, 8]][generator.below(3)]
  return (0..<generator.below(5) + 2).map { _ in
    let first = generator.below(6)
    return Item(
      bytes: generator.below(9) + 1, first: first, last: first + generator.below(4),
      alignment: alignments[generator.below(alignments.count)])
  }
}

/// Top of the lowest stack: in some order, every item stands right on those before it that it meets.
private func lowestTop(_ items: [Item], _ placed: [(item: Item, end: Int)] = []) -> Int {
  guard !items.isEmpty else { return placed.map(\.end).max() ?? 0 }
  return items.indices.map { index in
    var rest = items
    let item = rest.remove(at: index)
    let below = placed.filter { $0.item.overlaps(item) }.map(\.end).max() ?? 0
    return lowestTop(rest, placed + [(item, aligned(below, to: item.alignment) + item.bytes)])
  }.min()!
}

private func search(_ items: [Item], _ capacity: Int, ranks: [Int]? = nil) -> PackingSearch {
  PackingSearch(
    PackingProblem(items), ranks: ranks ?? Array(items.indices), capacity: capacity, effort: 100_000_000)
}

/// No pruning rule may cut off the last solution, whatever the order among equals.
@Test(arguments: 0..<4) func everyOrderFindsWhatExhaustiveSearchFinds(part: Int) throws {
  var generator = Random(state: UInt64(100 + part))
  for _ in 0..<150 {
    let items = fewItems(&generator)
    let best = lowestTop(items)
    for _ in 0..<5 {
      let order = items.indices.map { (generator.below(1_000), $0) }.sorted { $0 < $1 }.map(\.1)
      var found = search(items, best, ranks: order)
      #expect(found.run() == .found, "\(items) in \(best), \(order)")
      try PlacementChecker.check(items, Placement(offsets: found.floors, bytes: best))
      var refused = search(items, best - 1, ranks: order)
      #expect(refused.run() == .impossible, "\(items) in \(best - 1), \(order)")
    }
  }
}

/// Two pairs that both want the middle: 5 bytes are live at most, 6 are needed.
private let knot = [(2, 0, 3), (1, 2, 5), (2, 4, 7), (2, 0, 1), (2, 6, 9), (3, 8, 11), (1, 10, 11), (4, 12, 12)].map {
  Item(bytes: $0.0, first: $0.1, last: $0.2)
}

/// Dynamic decomposition: groups that do not meet in time cost the sum of what each of them costs, not the product.
@Test func groupsThatDoNotMeetAreSearchedOneByOne() {
  func groups(_ count: Int) -> [Item] {
    (0..<count).flatMap { group in
      knot.map { Item(bytes: $0.bytes, first: $0.first + 20 * group, last: $0.last + 20 * group) }
    }
  }
  let best = lowestTop(knot)
  var one = search(knot, best)
  var many = search(groups(20), best)
  #expect(one.run() == .found && many.run() == .found)
  #expect(many.nodes <= 20 * one.nodes)
  var refused = search(groups(20), best - 1)
  #expect(refused.run() == .impossible)
}

/// Dominance: what would leave room for a whole item below is not tried.
@Test func nothingIsPlacedAboveRoomForAWholeItem() {
  // The second item rests on the first; the third, elsewhere in time, has room below the second's offset.
  let items = [(5, 0, 1), (1, 0, 3), (2, 3, 5), (1, 5, 5)].map { Item(bytes: $0.0, first: $0.1, last: $0.2) }
  #expect(search(items, 100).highestOffset(0..<4) == 0)
  #expect(search([items[0], items[2]], 100).highestOffset(0..<2) == 1)
}

/// Sections: nothing stands so high that what waits elsewhere has no room above it.
@Test func aFullSectionIsBegunAtTheGround() {
  let items = [(9, 0, 1), (8, 2, 3), (2, 2, 3)].map { Item(bytes: $0.0, first: $0.1, last: $0.2) }
  #expect(search(items, 10).highestOffset(0..<3) == 0)
  #expect(search(items, 11).highestOffset(0..<3) == 1)
  var refused = search(items, 9)
  #expect(refused.run() == .impossible && refused.nodes == 0)
}

/// An item that was passed over and that no waiting item can raise is the end of a branch.
@Test func itemsThatNobodyCanRaiseAreStranded() {
  let items = [(3, 0, 1), (3, 2, 3), (2, 3, 4)].map { Item(bytes: $0.0, first: $0.1, last: $0.2) }
  // Rank 0 was passed over at height 0; it meets nobody.
  #expect(isStranded(items, 10))
  // Passed over as well, but the other one can lift it, if there is room for both.
  #expect(!isStranded(Array(items[1...]), 5))
  #expect(isStranded(Array(items[1...]), 4))
}

/// Whether an item is stranded once the first one was passed over at the ground.
private func isStranded(_ items: [Item], _ capacity: Int) -> Bool {
  var search = search(items, capacity)
  return search.hasStranded(items.indices, after: 0, 0)
}

/// An item in nobody's way is not tried elsewhere when the rest fails.
@Test func whatRaisesNobodyIsNotMoved() {
  let loners = (0..<30).map { Item(bytes: 1, first: 100 + 2 * $0, last: 100 + 2 * $0) }
  // One item over all of them keeps them together, and they fit above it in every order.
  let bridge = Item(bytes: 1, first: 0, last: 200)
  var refused = search(knot + [bridge] + loners, lowestTop(knot))
  #expect(refused.run() == .impossible)
  #expect(refused.nodes < 10_000)
}
