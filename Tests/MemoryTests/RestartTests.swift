import Testing

@testable import Memory

@Test func restartsFollowLuby() {
  #expect((1...15).map(Restarts.luby) == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8])
}

/// Every order names each rank once, and the same seed gives the same orders.
@Test func ordersArePermutationsAndRepeatable() {
  var generator = Random(state: 3)
  let items = (0..<50).map { _ in
    let first = generator.below(40)
    return Item(bytes: generator.below(99) + 1, first: first, last: first + generator.below(20))
  }
  var (one, two) = (SearchOrders(items), SearchOrders(items))
  func some(_ orders: inout SearchOrders) -> [[Int]] {
    let preorders = orders.preorders
    return preorders + (0..<20).map { _ in orders.mixed() } + (0..<20).map { _ in orders.varied(preorders[0]) }
      + [orders.disturbed(preorders[0])]
  }
  let orders = some(&one)
  #expect(orders == some(&two))
  #expect(orders.allSatisfy { $0.sorted() == Array(0..<50) } && Set(orders).count > 30)
}

/// Four orders are kept, those that came farthest; a later one takes the place of one that came as far.
@Test func theOrdersThatCameFarthestAreKept() {
  var elite = Elite()
  for (rank, depth) in [5, 9, 2, 7, 1, 5, 2, 5].enumerated() { elite.consider([rank], depth: depth) }
  #expect(elite.orders == [[7], [1], [5], [3]])
}

/// How far a search came is what it had placed at one time, bytes times sections.
@Test func depthIsTheLargestAreaPlaced() {
  let items = [(4, 0, 1), (3, 1, 2), (2, 2, 3)].map { Item(bytes: $0.0, first: $0.1, last: $0.2) }
  let ranks = Array(items.indices)
  var whole = PackingSearch(PackingProblem(items), ranks: ranks, capacity: 7, effort: 1_000)
  #expect(whole.run() == .found && whole.deepest == 4 + 3 * 2 + 2)
  var none = PackingSearch(PackingProblem(items), ranks: ranks, capacity: 6, effort: 1_000)
  #expect(none.run() == .impossible && none.deepest == 0)
}
