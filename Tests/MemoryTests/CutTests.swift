import Testing

@testable import Memory

/// A block of memory over time, cut at random into items, so that they are known to fit; then a few fall out.
private func cutItems(_ count: Int, side: Int, _ generator: inout Random) -> [Item] {
  var pieces = [(first: 0, end: side, low: 0, high: side)]
  while pieces.count < count {
    // The larger of two.
    let (a, b) = (generator.below(pieces.count), generator.below(pieces.count))
    let areas = [a, b].map { (pieces[$0].end - pieces[$0].first) * (pieces[$0].high - pieces[$0].low) }
    let index = areas[0] > areas[1] ? a : b
    let piece = pieces[index]
    if generator.below(2) == 0, piece.end - piece.first > 1 {
      let cut = piece.first + 1 + generator.below(piece.end - piece.first - 1)
      pieces[index].end = cut
      pieces.append((cut, piece.end, piece.low, piece.high))
    } else if piece.high - piece.low > 1 {
      let cut = piece.low + 1 + generator.below(piece.high - piece.low - 1)
      pieces[index].high = cut
      pieces.append((piece.first, piece.end, cut, piece.high))
    }
  }
  return pieces.filter { _ in generator.below(20) > 0 }.map {
    Item(bytes: $0.high - $0.low, first: $0.first, last: $0.end - 1)
  }
}

/// Tight instances with a known solution: the search puts all of these back together, greedy orders few.
@Test func whatWasCutIsPutTogetherAgain() throws {
  var greedy = 0
  for seed in 0..<12 {
    var generator = Random(state: UInt64(seed))
    let items = cutItems(50, side: 1_000, &generator)
    let result = placeExactly(items, goal: 1_000)
    try PlacementChecker.check(items, result.placement, cap: 1_000)
    #expect(result == placeExactly(items, goal: 1_000))
    greedy += place(items).bytes <= 1_000 ? 1 : 0
  }
  #expect(greedy < 6)
}
