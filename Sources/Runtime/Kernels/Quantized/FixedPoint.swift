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
    let twice = (Int64(value) &* Int64(multiplier)) &>> Int64(shift &- 1)
    return Int32(clamping: (twice &+ 1) &>> 1)
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

extension FixedPoint {
  /// The nearest to a factor below 2²⁸; factors too small to move any 32-bit integer, and what is no number, are zero.
  public init(_ factor: Double) {
    guard factor > 0x1p-33 else {
      (multiplier, shift) = (0, 1)
      return
    }
    let bits = min(factor, 0x1p28).bitPattern
    let exponent = Int32(truncatingIfNeeded: bits &>> 52) &- 1023
    // 53 bits of mantissa to 31, halves up. Rounding may reach the next power of two.
    let mantissa = (bits & (1 &<< 52 &- 1) | 1 &<< 52) &+ (1 &<< 21)
    let overflows = mantissa &>> 53 == 1
    multiplier = Int32(truncatingIfNeeded: mantissa &>> (overflows ? 23 : 22))
    shift = 30 &- exponent &- (overflows ? 1 : 0)
  }

  /// s_x·s_w / s_y: what a sum of products of integers is multiplied with.
  @inline(never)
  public init(input: Float, weight: Float, output: Float) {
    self.init(Double(input) * Double(weight) / Double(output))
  }
}
