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
///   - goal: bytes that would do. They are tried for where the optimum is out of reach, and less than them only for a while.
///   - effort: how many items and sections may be looked at; a hundred million take about a second.
public func placeExactly(_ items: [Item], goal: Int? = nil, effort: Int = 800_000_000) -> CertifiedPlacement {
  var best = CertifiedPlacement(placement: place(items), lowerBound: lowerBound(items))
  guard items.count <= 1_000 else { return best }
  let block = granule(items)
  var left = effort
  // Capacities up to this one were not reached.
  var open = best.lowerBound - block
  func attempt(_ capacity: Int, effort: Int) {
    left -= best.improve(items, to: capacity, effort: effort)
    if best.placement.bytes > capacity { open = max(open, capacity, best.lowerBound - block) }
  }
  // What would be best first, but not for long; then what would do, then ever closer with ever less.
  let wanted = max(goal.map { $0 / block * block } ?? 0, best.lowerBound)
  if wanted > best.lowerBound { attempt(best.lowerBound, effort: left / 8) }
  if wanted > open { attempt(wanted, effort: goal == nil ? left / 4 : left / 5 * 4) }
  while best.placement.bytes > max(goal ?? 0, open + block), left > 0 {
    attempt(open + max(block, (best.placement.bytes - open) / 2 / block * block), effort: max(left / 4, 1))
  }
  guard goal != nil else { return best }
  // Where the goal was easy, a little less is close by; the first refusal ends it.
  var former = Int.max
  while best.placement.bytes < former, best.placement.bytes > open + block {
    former = best.placement.bytes
    attempt(former - max(block, (former - open) / 8 / block * block), effort: left / 32)
  }
  return best
}

extension CertifiedPlacement {
  /// Looks for a placement of at most `capacity` bytes, raises the bound where there is none, and returns the effort.
  fileprivate mutating func improve(_ items: [Item], to capacity: Int, effort: Int) -> Int {
    guard placement.bytes > capacity else { return 0 }
    var search = Restarts(items: items, capacity: capacity, left: effort)
    switch search.run() {
    case .found(let placement): self.placement = placement
    case .impossible: lowerBound = max(lowerBound, capacity + granule(items))
    case .exhausted: break
    }
    return effort - search.left
  }
}
