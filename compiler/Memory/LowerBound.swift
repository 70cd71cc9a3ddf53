/// The bytes below which no placement can go: the most that is in use in one step.
///
/// Each item counts as rounded up to the smallest alignment, which is also what the sum of a placement is rounded to.
public func lowerBound(_ items: [Item]) -> Int {
  let block = granule(items)
  var changes: [(step: Int, bytes: Int)] = []
  changes.reserveCapacity(2 * items.count)
  for item in items where item.bytes > 0 {
    let bytes = aligned(item.bytes, to: block)
    changes.append((item.first, bytes))
    changes.append((item.last + 1, -bytes))
  }
  // A lifetime that ends before a step is over before one that begins there starts.
  changes.sort { ($0.step, $0.bytes) < ($1.step, $1.bytes) }
  var live = 0
  var most = 0
  for change in changes {
    live += change.bytes
    most = max(most, live)
  }
  return most
}
