import IR

/// A placement, and what is known about how good it is.
public struct CertifiedPlacement: Hashable, Sendable {
  public var placement: Placement
  /// Bytes below which no placement can go: the most live bytes, or what the search proved beyond that.
  public var lowerBound: Int
  /// No placement takes fewer bytes.
  public var isOptimal: Bool { placement.bytes <= lowerBound }
}

/// Places the items in as few bytes as greedy orders and then branch and bound find (MiniMalloc; Moffitt, ASPLOS 2023).
///
/// The result depends on nothing but the arguments.
/// - Parameters:
///   - goal: bytes that would do. They are tried for where the optimum is out of reach.
///   - effort: placements of single items that may be tried; a million take about a second.
public func placeExactly(_ items: [Item], goal: Int? = nil, effort: Int = 3_000_000) -> CertifiedPlacement {
  var best = CertifiedPlacement(placement: place(items), lowerBound: lowerBound(items))
  let block = granule(items)
  // What would be best first, but not for long; then what would do, then ever closer to the bound.
  best.improve(items, to: best.lowerBound, effort: effort / 8)
  if let goal {
    if goal >= best.lowerBound { best.improve(items, to: goal / block * block, effort: effort) }
    return best
  }
  var open = best.lowerBound
  while !best.isOptimal, open + block < best.placement.bytes {
    let capacity = (open + best.placement.bytes) / 2 / block * block
    best.improve(items, to: capacity, effort: effort / 4)
    if best.placement.bytes > capacity { open = capacity }
  }
  return best
}

extension CertifiedPlacement {
  /// Looks for a placement of at most `capacity` bytes, and raises the bound where there is none.
  fileprivate mutating func improve(_ items: [Item], to capacity: Int, effort: Int) {
    guard placement.bytes > capacity else { return }
    var search = Portfolio(items: items, capacity: capacity, effort: effort)
    switch search.run() {
    case .found(let placement): self.placement = placement
    case .impossible: lowerBound = max(lowerBound, capacity + granule(items))
    case .exhausted: break
    }
  }
}

/// Searches in several orders by turns, each turn twice as long as the one before.
///
/// In between, orders that are a little different get a short search: where the first choices are wrong, another start
/// helps sooner than patience.
private struct Portfolio {
  enum Outcome {
    case found(Placement), impossible, exhausted
  }

  private static let shortest = 5_000

  let items: [Item]
  let capacity: Int
  var effort: Int

  mutating func run() -> Outcome {
    let orders = SearchOrder.allCases.map { $0.indexes(items) }
    var generator = SeededGenerator(seed: 1)
    var turn = Self.shortest
    while effort > 0 {
      for order in orders {
        let trials = [(order, turn)] + (0..<4).map { _ in (disturbed(order, using: &generator), Self.shortest) }
        for (order, share) in trials where effort > 0 {
          let outcome = search(order, effort: min(share, effort))
          if case .exhausted = outcome { continue }
          return outcome
        }
      }
      turn *= 2
    }
    return .exhausted
  }

  private mutating func search(_ order: [Int], effort given: Int) -> Outcome {
    var search = PackingSearch(PackingProblem(items, order: order), capacity: capacity, effort: given)
    let outcome = search.run()
    effort -= given - search.effort
    switch outcome {
    case .found: return .found(placement(order, search.floors))
    case .impossible: return .impossible
    case .exhausted: return .exhausted
    }
  }

  /// Moves every item by up to a fiftieth of them.
  private func disturbed(_ order: [Int], using generator: inout SeededGenerator) -> [Int] {
    let width = max(1, order.count / 50)
    let keys = order.indices.map { $0 + Int.random(in: 0...width, using: &generator) }
    return order.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { order[$0] }
  }

  private func placement(_ order: [Int], _ floors: [Int]) -> Placement {
    var offsets = [Int](repeating: 0, count: items.count)
    for (index, floor) in zip(order, floors) { offsets[index] = floor }
    let top = items.indices.map { items[$0].bytes > 0 ? offsets[$0] + items[$0].bytes : 0 }.max() ?? 0
    return Placement(offsets: offsets, bytes: aligned(top, to: granule(items)))
  }
}
