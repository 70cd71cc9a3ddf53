/// A size, count or offset that came from a file: no arithmetic on it traps, and none of it wraps around.
///
/// A result below zero or beyond 64 bits is *unknown*, and so is all that is computed from it: an unknown size is at
/// most nothing, equal to nothing, and no `Int`. So a check may be written as the sum or product that it is about:
/// `(CheckedSize(offset) + CheckedSize(count) * 4).isAtMost(bytes.count)`.
public struct CheckedSize: BitwiseCopyable, Sendable {
  /// The size; all ones where it is unknown.
  private let bits: UInt64

  /// Stands for a size that does not fit.
  public static var unknown: CheckedSize { CheckedSize(UInt64.max) }

  @inline(__always)
  public init(_ value: UInt64) { bits = value }

  @inline(__always)
  public init(_ value: UInt32) { bits = zeroExtended(value) }

  /// Unknown where `value` is negative.
  @inline(__always)
  public init(_ value: Int) { bits = value < 0 ? .max : zeroExtended(value) }

  /// Unknown where `value` is negative.
  @inline(__always)
  public init(_ value: Int32) { bits = value < 0 ? .max : zeroExtended(value) }

  @inline(__always)
  public var isUnknown: Bool { bits == .max }

  /// The size as an `Int`; nil where it is unknown, or `Int` is too small for it.
  @inline(__always)
  public var int: Int? { bits <= zeroExtended(Int.max) ? Int(truncatingIfNeeded: bits) : nil }

  /// Whether the size is known, and `limit` or less; no size is at most a negative number.
  @inline(__always)
  public func isAtMost(_ limit: Int) -> Bool { limit >= 0 && bits <= zeroExtended(limit) }

  /// Whether the size is known, and `limit` or less.
  @inline(__always)
  public func isAtMost(_ limit: UInt64) -> Bool { !isUnknown && bits <= limit }

  /// Whether the size is known to be `value`.
  @inline(__always)
  public static func == (size: CheckedSize, value: Int) -> Bool { size.int == value }

  @inline(__always)
  public static func + (a: CheckedSize, b: CheckedSize) -> CheckedSize {
    let (sum, overflow) = a.bits.addingReportingOverflow(b.bits)
    return overflow || a.isUnknown || b.isUnknown ? unknown : CheckedSize(sum)
  }

  /// Unknown where `b` is the larger one.
  @inline(__always)
  public static func - (a: CheckedSize, b: CheckedSize) -> CheckedSize {
    b.bits > a.bits || a.isUnknown ? unknown : CheckedSize(a.bits &- b.bits)
  }

  /// Unknown where a factor is, even if the other one is zero.
  @inline(__always)
  public static func * (a: CheckedSize, b: CheckedSize) -> CheckedSize {
    let (product, overflow) = a.bits.multipliedReportingOverflow(by: b.bits)
    return overflow || a.isUnknown || b.isUnknown ? unknown : CheckedSize(product)
  }

  @inline(__always)
  public static func + (a: CheckedSize, b: Int) -> CheckedSize { a + CheckedSize(b) }

  @inline(__always)
  public static func * (a: CheckedSize, b: Int) -> CheckedSize { a * CheckedSize(b) }
}

#if !hasFeature(Embedded)
  extension CheckedSize {
    /// Unknown where `value` is negative or has more than 64 bits.
    public init(exactly value: some BinaryInteger) { self.init(UInt64(exactly: value) ?? .max) }

    /// Elements of a shape; unknown where a side is negative, or the product does not fit.
    public init(elementsOf shape: some Sequence<some BinaryInteger>) {
      self = shape.reduce(CheckedSize(1)) { $0 * CheckedSize(exactly: $1) }
    }
  }
#endif
