/// A positive real factor for integers: multiplier · 2^−shift, with multiplier in 2³⁰ ..< 2³¹.
///
/// The product is rounded once, halves up; the same bits on every machine.
public struct FixedPoint: BitwiseCopyable, Equatable, Sendable {
  public var multiplier: Int32
  public var shift: Int32

  public init(multiplier: Int32, shift: Int32) {
    self.multiplier = multiplier
    self.shift = shift
  }

  @inline(__always)
  public func scale(_ value: Int32) -> Int32 {
    let product = Int64(value) &* Int64(multiplier) &+ (1 &<< (Int64(shift) &- 1))
    return Int32(clamping: product &>> Int64(shift))
  }
}

/// What happens to an integer result: zero point, and the range of the activation.
public struct OutputRange: BitwiseCopyable {
  public var zeroPoint: Int32
  public var low: Int32
  public var high: Int32

  public init(zeroPoint: Int, low: Int, high: Int) {
    self.zeroPoint = Int32(zeroPoint)
    self.low = Int32(low)
    self.high = Int32(high)
  }

  var isSane: Bool { -128 <= low && low <= high && high <= 127 && -128 <= zeroPoint && zeroPoint <= 127 }

  @inline(__always)
  func clamp(_ value: Int32) -> Int8 {
    Int8(truncatingIfNeeded: min(max(value &+ zeroPoint, low), high))
  }
}

#if !hasFeature(Embedded)
  extension FixedPoint {
    /// The nearest to a factor; factors too small to move any 32-bit integer are zero.
    ///
    /// - Precondition: 0 ≤ factor < 2²⁸.
    public init(_ factor: Double) {
      guard factor > 0x1p-40 else {
        (multiplier, shift) = (0, 1)
        return
      }
      let exponent = Int32(factor.exponent)
      let scaled = (factor * Double(sign: .plus, exponent: Int(30 - exponent), significand: 1)).rounded()
      // Rounding may have reached the next power of two.
      let overflows = scaled >= 0x1p31
      multiplier = Int32(overflows ? scaled / 2 : scaled)
      shift = 30 - exponent - (overflows ? 1 : 0)
    }
  }
#endif
