/// A shape in 64 bits, for errors, which are copied at every throw: its rank, and 60 bits divided among the axes.
///
/// Where an axis is too long for its share, which is 2²⁰ for three axes, all elements are told as one axis.
public struct CompactShape: Equatable, Sendable {
  private let bits: UInt64

  #if hasFeature(Embedded)
    @inline(never)
  #endif
  public init(_ shape: ArrayShape) {
    let share = CompactShape.share(shape.axes)
    var sizes: UInt64 = 0
    for axis in 0..<shape.axes {
      let size = zeroExtended(shape[axis])
      guard size &>> share == 0 else {
        bits = zeroExtended(shape.count ?? 0) &<< 4 | 1
        return
      }
      sizes = sizes &<< share | size
    }
    bits = sizes &<< 4 | zeroExtended(shape.axes)
  }

  #if hasFeature(Embedded)
    @inline(never)
  #endif
  private func decoded() -> ArrayShape {
    let axes = Int(truncatingIfNeeded: bits & 15)
    let share = CompactShape.share(axes)
    var shape = ArrayShape()
    for axis in 0..<axes {
      let rest = bits &>> (4 &+ share &* zeroExtended(axes &- 1 &- axis))
      shape.append(UInt32(truncatingIfNeeded: rest & (1 &<< share &- 1)))
    }
    return shape
  }

  public var shape: ArrayShape { decoded() }

  private static func share(_ axes: Int) -> UInt64 { zeroExtended(60 / max(axes, 1)) }
}
