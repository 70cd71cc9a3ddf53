/// One sample of an input as the model takes it, and how the arena keeps it: as rows x columns x channels.
public struct SampleAxes: Hashable, Sendable {
  /// The model's own axes, without the batch.
  public let shape: [Int]
  /// Rows, columns and channels.
  public let sides: [Int]
  /// The model's own sample is three axes, too: rows are axis `order[0]` of these, columns `order[1]`, channels `order[2]`.
  public let order: [Int]

  /// - Parameters:
  ///   - shape: of a batch.
  ///   - memory: its axes in the order in which the arena has them; the batch comes first.
  ///   - hasChannels: whether the last of these are channels.
  public init(_ shape: [Int], memory: [Int], hasChannels: Bool) {
    let own = Array(shape.dropFirst())
    let memory = memory.dropFirst().map { $0 - 1 }
    self.shape = own
    guard own.count > 1 else {
      (sides, order) = ([1, 1, own.first ?? 1], [0, 1, 2])
      return
    }
    let last = own.count - 1
    if own.count == 3, hasChannels {
      (sides, order) = (memory.map { own[$0] }, memory)
    } else if memory.last == 0 {
      // Channels, then places: [C, L] has one row, [C, D, H, W] has D x H.
      (sides, order) = ([own[1..<last].reduce(1, *), own[last], own[0]], [1, 2, 0])
    } else if hasChannels {
      (sides, order) = ([own[..<(last - 1)].reduce(1, *), own[last - 1], own[last]], [0, 1, 2])
    } else {
      (sides, order) = ([own[..<last].reduce(1, *), own[last], 1], [0, 1, 2])
    }
  }

  /// Those of a network that takes samples as the arena keeps them; four axes are pictures.
  public init(arena shape: [Int]) {
    self.init(shape, memory: Array(shape.indices), hasChannels: shape.count == 4)
  }

  public var count: Int { sides.reduce(1, *) }
}
