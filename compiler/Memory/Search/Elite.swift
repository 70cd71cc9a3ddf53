/// The few orders whose searches placed the largest area.
struct Elite {
  private(set) var orders: [[Int]] = []
  private var depths: [Int] = []

  /// Takes the place of the one that came least far; of equal ones the later stays.
  mutating func consider(_ order: [Int], depth: Int) {
    if orders.count < 4 {
      orders.append(order)
      depths.append(depth)
    } else if let least = depths.indices.min(by: { depths[$0] < depths[$1] }), depth >= depths[least] {
      orders[least] = order
      depths[least] = depth
    }
  }
}
