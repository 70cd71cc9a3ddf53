/// An array that a plan takes for each sample: an input of the model, or the target that the loss compares with.
public struct PlanArray: BitwiseCopyable, Sendable {
  /// UTF-8 among the names of the image.
  public var nameOffset: UInt32 = 0
  public var nameBytes: UInt32 = 0
  /// Raw value of `ElementType`: that of the arena.
  public var type: UInt32 = 0
  /// The model's own, without the batch.
  public var shape = ArrayShape()
  /// The arena keeps an input as rows x columns x channels.
  public var rows: UInt32 = 1
  public var columns: UInt32 = 1
  public var channels: UInt32 = 1
  /// The model's own sample is three axes, too: rows are axis `order[0]` of these, columns `order[1]`, channels `order[2]`.
  public var order: InlineArray<3, UInt32> = [0, 1, 2]
  /// Scale and zero point where the arena keeps int8; 0 for floats.
  public var scale: Float = 0
  public var zeroPoint: Int32 = 0

  public init() {}

  /// Whether the sides are an order of the axes of the shape.
  var isSane: Bool {
    guard let count = shape.count, order[0] <= 2, order[1] <= 2, order[2] <= 2,
      order[0] != order[1], order[0] != order[2], order[1] != order[2]
    else { return false }
    let plane = zeroExtended(rows) &* zeroExtended(columns)
    return plane <= zeroExtended(Int32.max) && plane &* zeroExtended(channels) == zeroExtended(count)
      && scale >= 0 && scale < .infinity && -128 <= zeroPoint && zeroPoint <= 127
  }

  /// Elements of one sample; the shape has been checked.
  public var elements: Int { Int(shape.count ?? 0) }

  /// Where the elements of the arena's sample stand in one that has the model's own order, or already the arena's.
  func steps(isOwnOrder: Bool) -> SampleSteps {
    let (rows, columns, channels) = (Int(rows), Int(columns), Int(channels))
    let sides: InlineArray<3, Int> = [rows, columns, channels]
    var steps: InlineArray<3, Int> = [columns &* channels, channels, 1]
    if isOwnOrder {
      for side in 0..<3 {
        steps[side] = 1
        for other in 0..<3 where order[other] > order[side] { steps[side] &*= sides[other] }
      }
    }
    return SampleSteps(sides: sides, steps: steps)
  }
}

/// Rows, columns and channels of the arena's sample, and how far apart they are in a stored one.
struct SampleSteps {
  let sides: InlineArray<3, Int>
  let steps: InlineArray<3, Int>

  /// Where element `index` of the stored sample stands in the arena's.
  @inline(__always)
  func place(_ index: Int) -> Int {
    let (row, column, channel) = (index / steps[0] % sides[0], index / steps[1] % sides[1], index / steps[2] % sides[2])
    return (row &* sides[1] &+ column) &* sides[2] &+ channel
  }
}
