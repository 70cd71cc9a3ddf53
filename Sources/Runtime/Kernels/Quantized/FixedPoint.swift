/// Fixed-point multiplier of a requantization: multiplier · 2^−shift, with multiplier in 2³⁰ ..< 2³¹.
///
/// The product is rounded once, halves to even as in ONNX; the same bits on every machine.
public struct FixedPoint: BitwiseCopyable, Equatable, Sendable {
  public var multiplier: Int32
  public var shift: Int32

  public init(multiplier: Int32, shift: Int32) {
    self.multiplier = multiplier
    self.shift = shift
  }

  @inline(__always)
  public func scale(_ value: Int32) -> Int32 {
    (Int64(value) &* Int64(multiplier)).divided(byPowerOfTwo: shift)
  }

  /// Requantizes an accumulator of more than 32 bits: a bias at their limit, or more products than fit.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func scale(_ sum: Int64) -> Int32 {
    let word = Int32(truncatingIfNeeded: sum)
    if Int64(word) == sum { return scale(word) }
    // Factors of 2⁻²² and more take such a sum out of 8 bits. Of the others' products 16 bits are left out.
    guard shift > 52 else { return sum < 0 ? .min : .max }
    let low = ((sum & 0xffff) &* Int64(multiplier)) &>> 16
    return ((sum &>> 16) &* Int64(multiplier) &+ low).divided(byPowerOfTwo: shift &- 16)
  }
}

extension Int64 {
  /// The nearest integer, halves to even, to this number over a power of two from 2 to 2⁶²; within 32 bits.
  @inline(__always)
  func divided(byPowerOfTwo shift: Int32) -> Int32 {
    let floor = self &>> Int64(shift)
    let belowHalf = (1 &<< (Int64(shift) &- 1)) &- 1
    return Int32(clamping: (self &+ belowHalf &+ (floor & 1)) &>> Int64(shift))
  }
}

/// Epilogue of an integer result: zero point, and the clamp of a fused activation.
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
    // The limits move, so that no sum leaves 32 bits.
    Int8(truncatingIfNeeded: min(max(value, low &- zeroPoint), high &- zeroPoint) &+ zeroPoint)
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

  /// s_x·s_w / s_y: the requantization factor of a sum of integer products.
  @inline(never)
  public init(input: Float, weight: Float, output: Float) {
    self.init(Double(input) * Double(weight) / Double(output))
  }
}
