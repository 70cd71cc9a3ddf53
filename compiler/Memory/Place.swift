/// Places the items in as few bytes as a portfolio of greedy orders finds; stops when one reaches the lower bound.
///
/// The result depends on nothing but the items and their order.
public func place(_ items: [Item]) -> Placement {
  let bound = lowerBound(items)
  var best = Placement(offsets: Array(repeating: 0, count: items.count), bytes: .max)
  for order in ItemOrder.allCases {
    let indexes = order.indexes(items)
    for fit in Fit.allCases {
      let placement = placeGreedily(items, order: indexes, fit: fit)
      if placement.bytes < best.bytes { best = placement }
      if best.bytes <= bound { return best }
    }
  }
  return best
}
