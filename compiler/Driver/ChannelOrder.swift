import Select

/// Channel permutation of a tensor in a plan.
public struct ChannelOrder: Codable, Hashable, Sendable {
  /// Shape in the graph.
  public var shape: [Int]
  /// Axis → index in the file of each index in the plan; nil where they are the same.
  public var orders: [[Int]?]

  /// Element in the plan → element in the graph as it was imported; nil where the orders are none of these axes.
  public var sources: [Int]? {
    func fits(_ size: Int, _ order: [Int]?) -> Bool { order.map { $0.sorted() == Array(0..<size) } ?? true }
    guard orders.count == shape.count, zip(shape, orders).allSatisfy(fits) else { return nil }
    return sourceIndices(shape, orders)
  }
}
