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
/// The result depends on nothing but the arguments. More than 1,000 items are left to greedy placement.
/// - Parameters:
///   - goal: bytes that would do. They are tried for where the optimum is out of reach.
///   - effort: how many items may be looked at; a hundred million take about a second.
public func placeExactly(_ items: [Item], goal: Int? = nil, effort: Int = 400_000_000) -> CertifiedPlacement {
  var best = CertifiedPlacement(placement: place(items), lowerBound: lowerBound(items))
  guard items.count <= 1_000 else { return best }
  let block = granule(items)
  // Capacities up to this one were not reached.
  var open = best.lowerBound - block
  func attempt(_ capacity: Int, effort: Int) {
    best.improve(items, to: capacity, effort: effort)
    if best.placement.bytes > capacity { open = max(open, capacity, best.lowerBound - block) }
  }
  // What would be best first, but not for long; then what would do, then ever closer.
  let wanted = max(goal.map { $0 / block * block } ?? 0, best.lowerBound)
  if wanted > best.lowerBound { attempt(best.lowerBound, effort: effort / 8) }
  if wanted > open { attempt(wanted, effort: goal == nil ? effort / 2 : effort) }
  while best.placement.bytes > max(goal ?? 0, open + block) {
    attempt(open + max(block, (best.placement.bytes - open) / 2 / block * block), effort: effort / 16)
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

/// Restarts: several orders in rotation, each restart with twice the budget of the one before.
///
/// In between, orders that are a little different get a short search: where the first choices are wrong, another start
/// helps sooner than patience.
private struct Portfolio {
  enum Outcome {
    case found(Placement), impossible, exhausted
  }

  private static let shortest = 500_000

  let items: [Item]
  let capacity: Int
  var effort: Int

  mutating func run() -> Outcome {
    let orders = SearchOrder.allCases.map { $0.indexes(items) }
    var disturbances = Disturbances()
    var turn = Self.shortest
    while effort > 0 {
      for order in orders {
        let trials = [(order, turn)] + (0..<4).map { _ in (disturbances.disturb(order), Self.shortest) }
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
    // Building the problem looks at all pairs.
    effort = max(0, effort - given + search.effort - order.count * order.count / 4)
    switch outcome {
    case .found: return .found(placement(order, search.floors))
    case .impossible: return .impossible
    case .exhausted: return .exhausted
    }
  }

  private func placement(_ order: [Int], _ floors: [Int]) -> Placement {
    var offsets = [Int](repeating: 0, count: items.count)
    for (index, floor) in zip(order, floors) { offsets[index] = floor }
    let top = items.indices.map { items[$0].bytes > 0 ? offsets[$0] + items[$0].bytes : 0 }.max() ?? 0
    return Placement(offsets: offsets, bytes: aligned(top, to: granule(items)))
  }
}

/// Orders that are a little different from a given one; always the same ones.
private struct Disturbances {
  private var state: UInt64 = 1

  /// Moves every item by up to a fiftieth of them.
  mutating func disturb(_ order: [Int]) -> [Int] {
    let width = UInt64(max(1, order.count / 50)) + 1
    let keys = order.indices.map { index in
      // Knuth's MMIX generator; its upper bits are the good ones.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return index + Int((state >> 33) % width)
    }
    return order.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { order[$0] }
  }
}
