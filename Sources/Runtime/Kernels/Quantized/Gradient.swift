/// Number format of a gradient of activations.
public enum GradientFormat: Int32, Sendable {
  case f32 = 0
  /// Integers of 8 or 16 bits under one power-of-two scale, which stands behind them.
  case q8 = 1
  case q16 = 2

  /// Whether so many products of a gradient and a weight fit a sum: neither of 8 bits goes beyond ±128.
  public func fits(products: Int) -> Bool { self != .q8 || products <= 2 * safeProducts }

  /// Bytes of an accumulator of products with such gradients.
  public var sumBytes: Int { self == .q16 ? 8 : 4 }

  /// Bytes of an element.
  var elementBytes: Int {
    switch self {
    case .f32: 4
    case .q8: 1
    case .q16: 2
    }
  }

  public var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .q8: .q8
    case .q16: .q16
    }
  }
}

/// Elements of gradients, and the accumulators of their products with 8-bit weights or activations.
///
/// Sums of `safeProducts` products of 8 bits fit 32 bits; those of 16 bits take 64.
protocol GradientElement: BitwiseCopyable {
  associatedtype Sum: BitwiseCopyable
  /// Whether longer sums need several accumulators, one after the other.
  static var hasNarrowSum: Bool { get }
  static var zero: Sum { get }
  var isZero: Bool { get }
  static func add(_ sum: inout Sum, _ gradient: Self, times factor: Int16)
  static func add(_ sum: inout Sum, _ gradient: Self)
  static func real(_ sum: Sum) -> Float
}

extension Float: GradientElement {
  static var hasNarrowSum: Bool { false }
  @inline(__always) static func add(_ sum: inout Float, _ gradient: Float, times factor: Int16) {
    sum += gradient * Float(factor)
  }
  @inline(__always) static func add(_ sum: inout Float, _ gradient: Float) { sum += gradient }
  @inline(__always) static func real(_ sum: Float) -> Float { sum }
}

extension Int8: GradientElement {
  static var hasNarrowSum: Bool { true }
  static var zero: Int32 { 0 }
  @inline(__always) var isZero: Bool { self == 0 }
  @inline(__always) static func add(_ sum: inout Int32, _ gradient: Int8, times factor: Int16) {
    // Factors are below 2⁸, so that the product fits 16 bits.
    sum &+= Int32(Int16(gradient) &* factor)
  }
  @inline(__always) static func add(_ sum: inout Int32, _ gradient: Int8) { sum &+= Int32(gradient) }
  @inline(__always) static func real(_ sum: Int32) -> Float { Float(sum) }
}

extension Int16: GradientElement {
  static var hasNarrowSum: Bool { false }
  static var zero: Int64 { 0 }
  @inline(__always) var isZero: Bool { self == 0 }
  @inline(__always) static func add(_ sum: inout Int64, _ gradient: Int16, times factor: Int16) {
    sum &+= Int64(Int32(gradient) &* Int32(factor))
  }
  @inline(__always) static func add(_ sum: inout Int64, _ gradient: Int16) { sum &+= Int64(gradient) }
  @inline(__always) static func real(_ sum: Int64) -> Float { Float(sum: sum) }
}

/// A gradient to be read: value = element · scale.
struct Gradient<Element: GradientElement> {
  let elements: Elements<Element>
  let scale: Float
}

/// Bytes in front of the scale of a gradient of `count` elements.
@inline(__always)
func scaleOffset(_ count: Int, _ format: GradientFormat) -> Int {
  (count &* (format == .q16 ? 2 : 1) &+ 3) / 4 &* 4
}

extension Call {
  /// The scale that stands behind an integer gradient; 1 for floats.
  func gradientScale(_ index: Int, _ format: GradientFormat) -> Float {
    guard format != .f32 else { return 1 }
    let bytes = elements(index, UInt8.self)
    let tail = unsafe UnsafeMutableRawPointer(bytes.pointer) + scaleOffset(bytes.count, format)
    return unsafe tail.load(as: Float.self)
  }

  /// Also zeroes the gap in front of the scale: what a gradient occupies depends on its values alone.
  func setGradientScale(_ index: Int, _ format: GradientFormat, _ scale: Float) {
    let bytes = elements(index, UInt8.self)
    for gap in (bytes.count &* (format == .q16 ? 2 : 1))..<scaleOffset(bytes.count, format) {
      unsafe bytes.pointer[gap] = 0
    }
    let tail = unsafe UnsafeMutableRawPointer(bytes.pointer) + scaleOffset(bytes.count, format)
    unsafe tail.storeBytes(of: scale, as: Float.self)
  }

  /// Operand `index` as a gradient of a known format.
  @inline(__always)
  func gradient<E: GradientElement>(_ index: Int, _ format: GradientFormat, _: E.Type) -> Gradient<E> {
    Gradient(elements: elements(index, E.self), scale: gradientScale(index, format))
  }
}

/// Smallest power of two that is not below `value`, within 2^±100: it and its reciprocal are normal numbers.
func powerOfTwo(notBelow value: Float) -> Float {
  guard value > 0x1p-100 else { return 0x1p-100 }
  guard value < 0x1p100 else { return 0x1p100 }
  let bits = value.bitPattern
  let exponent = bits & 0x7f80_0000
  return Float(bitPattern: bits & 0x7f_ffff == 0 ? exponent : exponent &+ 0x80_0000)
}

/// The nearest integer, halves to even; |x| < 2²².
@inline(__always)
func nearest(_ x: Float) -> Int32 {
  Int32(bitPattern: (x + 12_582_912).bitPattern) &- 0x4b40_0000
}
