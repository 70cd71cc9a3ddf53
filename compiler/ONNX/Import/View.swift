/// How the axes of an ONNX tensor lie in memory.
///
/// `order` lists the logical axes from the slowest to the fastest. Axes of size 1 can stand anywhere without a byte
/// moving, and a change of shape or of the order of axes is a change of the view wherever memory allows it.
struct View: Hashable, Sendable {
  /// Sizes of the logical axes.
  let shape: [Int]
  let order: [Int]

  init(_ shape: [Int], order: [Int]? = nil) {
    self.shape = shape
    self.order = order ?? Array(shape.indices)
  }

  var rank: Int { shape.count }
  var count: Int { shape.reduce(1, *) }
  var memoryShape: [Int] { order.map { shape[$0] } }
  var isInOrder: Bool { order == Array(shape.indices) }

  /// Logical axes of more than one element, in memory order: two views with the same have the same bytes.
  var significantOrder: [Int] { significant(order) }

  func significant(_ axes: [Int]) -> [Int] { axes.filter { shape[$0] != 1 } }

  /// [N, C, L] that lies as [N, L, C]: a picture of height 1.
  private var isRow: Bool { order == [0, 2, 1] }

  /// Shape of the value that holds the tensor: its axes in memory order, a row as a picture [N, 1, L, C].
  var physicalShape: [Int] {
    isRow ? [shape[0], 1, shape[2], shape[1]] : memoryShape
  }

  /// The physical axis of each logical axis.
  var positions: [Int] {
    if isRow { return [0, 3, 2] }
    var positions = order
    for (position, axis) in order.enumerated() { positions[axis] = position }
    return positions
  }

  /// For each axis of another order the memory axis that it is now.
  func permutation(to other: [Int]) -> [Int] { other.map { order.firstIndex(of: $0)! } }

  /// Axis `i` of the result is axis `perm[i]`; `perm` is a permutation.
  func transposed(_ perm: [Int]) -> View {
    var inverse = perm
    for (axis, source) in perm.enumerated() { inverse[source] = axis }
    return View(perm.map { shape[$0] }, order: order.map { inverse[$0] })
  }

  /// The same memory with axes of size 1 in front.
  func padded(toRank rank: Int) -> View {
    let added = rank - self.rank
    guard added > 0 else { return self }
    return View(Array(repeating: 1, count: added) + shape, order: Array(0..<added) + order.map { $0 + added })
  }
}

extension View {
  /// Channels behind the picture: [N, C, H, W] lies as [N, H, W, C], [N, C, L] as [N, L, C].
  static func channelsLast(rank: Int) -> [Int] { rank < 2 ? Array(0..<rank) : [0] + Array(2..<rank) + [1] }
}
