import IR

/// New orders of channels: index `i` of an axis takes what was at `order[i]`.
public struct Reordering: Sendable {
  /// Group → order.
  private let orders: [ValueAxis: [Int]]
  private let groups: ChannelGroups

  public init(_ groups: ChannelGroups, _ orders: [ValueAxis: [Int]]) {
    self.groups = groups
    self.orders = orders
  }

  /// The order of each axis of a value; nil for axes that stay as they are.
  public func orders(of id: ValueID, rank: Int) -> [[Int]?] {
    (0..<rank).map { axis in groups.group(ValueAxis(id, axis)).flatMap { orders[$0] } }
  }

  /// The network with its constants in the new orders: the same function.
  ///
  /// - Returns: the graph, and for each reordered constant the orders of its axes by its name.
  public func applied(to graph: Graph) throws(ShapeError) -> (graph: Graph, orders: [String: [[Int]?]]) {
    var rewriter = Rewriter(graph)
    var reordered: [String: [[Int]?]] = [:]
    for id in graph.ids {
      let orders = orders(of: id, rank: graph.type(id).rank)
      guard case .constant(let constant) = graph[id].definition, orders.contains(where: { $0 != nil }) else {
        try rewriter.copy(id)
        continue
      }
      rewriter[id] = rewriter.graph.constant(graph[id].name, constant.reordered(orders))
      reordered[graph[id].name] = orders
    }
    return (rewriter.finish(), reordered)
  }
}

extension Constant {
  /// The same numbers with the indices of axes in new orders, scales along with them.
  func reordered(_ orders: [[Int]?]) -> Constant {
    let source = sourceIndices(type.shape, orders)
    let all = bytes()
    let width = type.dtype.bytes(1)
    var moved: [UInt8] = []
    moved.reserveCapacity(all.count)
    for index in source { moved += all[(index * width)..<((index + 1) * width)] }
    var type = type
    if let q = type.quantization, let axis = q.axis, let order = orders[axis] {
      type.quantization = Quantization(
        scales: order.map { q.scales[$0] }, zeroPoints: order.map { q.zeroPoints[$0] }, axis: axis)
    }
    return Constant(type, bytes: moved)
  }
}

/// Element of a tensor whose axes stand in new orders → the element that it was.
public func sourceIndices(_ shape: [Int], _ orders: [[Int]?]) -> [Int] {
  var indices = [0]
  for (axis, size) in shape.enumerated() {
    indices = indices.flatMap { base in (0..<size).map { base * size + (orders[axis]?[$0] ?? $0) } }
  }
  return indices
}
