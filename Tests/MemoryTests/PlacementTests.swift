import Testing

@testable import Memory

/// Item sets of every density: long and short lifetimes, equal and odd sizes, one alignment or several, empty items.
private func randomItems(_ generator: inout Random) -> [Item] {
  let steps = generator.below(30) + 1
  let largest = [1, 16, 100, 5_000][generator.below(4)]
  let alignments = [[1], [16], [1, 2, 64], [8, 16]][generator.below(4)]
  return (0..<generator.below(25)).map { _ in
    let first = generator.below(steps)
    let last = generator.below(3) == 0 ? first : first + generator.below(steps - first)
    return Item(
      bytes: generator.below(largest + 1), first: first, last: last,
      alignment: alignments[generator.below(alignments.count)])
  }
}

/// Multiply with carry; this module and its tests know nothing of the others.
struct Random {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}

@Test(arguments: 0..<10) func randomSetsArePlacedWithoutOverlap(part: Int) throws {
  var generator = Random(state: UInt64(part))
  var optimal = 0
  for _ in 0..<1_000 {
    let items = randomItems(&generator)
    let placement = place(items)
    try PlacementChecker.check(items, placement)
    #expect(!overlapsByPairs(items, placement))
    #expect(placement.bytes >= lowerBound(items))
    #expect(placement == place(items))
    optimal += placement.bytes == lowerBound(items) ? 1 : 0
  }
  #expect(optimal > 650)
}

/// Every single order and fit gives a placement that is right, not only the best of them.
@Test func everyMemberOfThePortfolioIsValid() throws {
  var generator = Random(state: 42)
  for _ in 0..<300 {
    let items = randomItems(&generator)
    for order in ItemOrder.allCases {
      let indexes = order.indexes(items)
      #expect(indexes.sorted() == Array(items.indices))
      for fit in Fit.allCases { try PlacementChecker.check(items, placeGreedily(items, order: indexes, fit: fit)) }
    }
  }
}

/// The definition, pair by pair.
private func overlapsByPairs(_ items: [Item], _ placement: Placement) -> Bool {
  for (i, a) in items.enumerated() {
    for (j, b) in items.enumerated() where i < j && a.bytes > 0 && b.bytes > 0 && a.first <= b.last && b.first <= a.last
    {
      let (low, high) = (placement.offsets[i], placement.offsets[j])
      if low < high + b.bytes && high < low + a.bytes { return true }
    }
  }
  return false
}

@Test func theBoundIsTheLargestSumOfOneStep() {
  var generator = Random(state: 7)
  for _ in 0..<1_000 {
    let items = randomItems(&generator)
    let block = items.map(\.alignment).min() ?? 1
    let sums = (0..<30).map { step in
      items.reduce(0) { sum, item in
        item.first <= step && step <= item.last ? sum + (item.bytes + block - 1) / block * block : sum
      }
    }
    #expect(lowerBound(items) == sums.max())
  }
}

@Test func nothingTakesNothing() throws {
  #expect(place([]) == Placement(offsets: [], bytes: 0))
  #expect(place([Item(bytes: 0, first: 0, last: 3)]) == Placement(offsets: [0], bytes: 0))
}

/// One item that lives throughout, and two that follow each other: no order may leave the gap.
@Test func whatFollowsEachOtherSharesItsBytes() {
  let items = [
    Item(bytes: 10, first: 0, last: 1), Item(bytes: 4, first: 0, last: 3), Item(bytes: 10, first: 2, last: 3),
  ]
  #expect(place(items).bytes == 14)
}

/// The checker and the definition agree on placements made wrong at random.
@Test func plantedFaultsAreFound() throws {
  var generator = Random(state: 99)
  var planted = 0
  for _ in 0..<3_000 {
    let items = randomItems(&generator).map { Item(bytes: $0.bytes, first: $0.first, last: $0.last) }
    var placement = place(items)
    guard !items.isEmpty, placement.bytes > 0 else { continue }
    let index = generator.below(items.count)
    placement.offsets[index] = generator.below(placement.bytes)
    placement.bytes = 1_000_000
    let isWrong = overlapsByPairs(items, placement)
    planted += isWrong ? 1 : 0
    do {
      try PlacementChecker.check(items, placement)
      #expect(!isWrong)
    } catch {
      #expect(isWrong)
      guard case .overlap(let a, let b, let step) = error else {
        Issue.record("\(error)")
        continue
      }
      #expect([a, b].contains(index) && items[a].first <= step && step <= items[a].last && items[b].first == step)
    }
  }
  #expect(planted > 500)
}

@Test(
  arguments: [
    ([0], 16, nil, .count(offsets: 1, items: 2)), ([0, -16], 64, nil, .negativeOffset(item: 1)),
    ([8, 16], 64, nil, .misaligned(item: 0)), ([0, 16], 31, nil, .beyondEnd(item: 1)),
    ([0, 0], 64, nil, .overlap(0, 1, step: 2)), ([0, 16], 32, 31, .overCap(bytes: 32, cap: 31)),
  ] as [([Int], Int, Int?, PlacementError)])
func faultsAreNamed(offsets: [Int], bytes: Int, cap: Int?, error: PlacementError) throws {
  let items = [
    Item(bytes: 16, first: 0, last: 2, alignment: 16), Item(bytes: 16, first: 2, last: 4, alignment: 16),
  ]
  #expect(throws: error) { try PlacementChecker.check(items, Placement(offsets: offsets, bytes: bytes), cap: cap) }
  try PlacementChecker.check(items, Placement(offsets: [0, 16], bytes: 32), cap: 32)
}
