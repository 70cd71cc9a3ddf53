/// Orders among items that could stand at the same height, for restarts of a search; always the same ones.
///
/// Width is how long an item is live, area that times its bytes, total the most bytes that are live while it is.
struct SearchOrders {
  /// Positions of the items by total, width, area and size; equal items share one.
  private let positions: [[Int]]
  private let count: Int
  private var state: UInt64 = 1

  init(_ items: [Item]) {
    count = items.count
    let widths = items.map { $0.last - $0.first + 1 }
    let areas = zip(items, widths).map { $0.bytes * $1 }
    positions = [crowding(items), widths, areas, items.map(\.bytes)].map(SearchOrders.positions)
  }

  /// Ranks by total, width and area, one key after another in each of the six ways: MiniMalloc's preorders.
  var preorders: [[Int]] {
    [(1, 2, 0), (0, 2, 1), (0, 1, 2), (1, 0, 2), (2, 1, 0), (2, 0, 1)].map { keys in
      let (a, b, c) = (positions[keys.0], positions[keys.1], positions[keys.2])
      return SearchOrders.ranks(a.indices.sorted { (a[$0], b[$0], c[$0], $0) < (a[$1], b[$1], c[$1], $1) })
    }
  }

  /// Ranks in which every item is up to a fiftieth of them behind its place.
  mutating func disturbed(_ ranks: [Int]) -> [Int] {
    let keys = ranks.map { $0 + below(max(1, count / 50) + 1) }
    return SearchOrders.ranks(keys.indices.sorted { (keys[$0], ranks[$0]) < (keys[$1], ranks[$1]) })
  }

  /// Ranks in which all, a quarter or a tenth of the items are up to a fiftieth, a twentieth or an eighth of them before
  /// or behind their place.
  mutating func varied(_ ranks: [Int]) -> [Int] {
    let width = count / pick([50, 20, 8])
    let share = pick([1, 4, 10])
    let keys = ranks.map { below(share) == 0 ? $0 + below(2 * width + 1) - width : $0 }
    return SearchOrders.ranks(keys.indices.sorted { (keys[$0], ranks[$0]) < (keys[$1], ranks[$1]) })
  }

  /// One of several.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }

  /// Ranks by a weighted sum of the positions by total, width, area and size, more or less disturbed.
  mutating func mixed() -> [Int] {
    let weights = [below(10), below(10), below(10), below(4)]
    let sum = weights.reduce(0, +)
    let noise = pick([1, count / 50 + 1, count / 20 + 1, count / 5 + 1])
    let keys = (0..<count).map { index in
      zip(weights, positions).reduce(sum * below(noise)) { $0 + $1.0 * $1.1[index] }
    }
    return SearchOrders.ranks(keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) })
  }

  /// Knuth's MMIX generator; its upper bits are the good ones.
  private mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  /// How many are greater.
  private static func positions(_ values: [Int]) -> [Int] {
    let sorted = values.sorted()
    return values.map { values.count - Memory.positions(sorted, below: $0 + 1) }
  }

  private static func ranks(_ order: [Int]) -> [Int] {
    var ranks = [Int](repeating: 0, count: order.count)
    for (rank, index) in order.enumerated() { ranks[index] = rank }
    return ranks
  }
}
