/// A borrowed run of bytes: a mapped file, or memory that the caller keeps alive.
///
/// Bounds are checked in debug builds only; readers check ranges with `holds` once.
@safe
public struct Bytes {
  let base: UnsafeRawPointer
  public let count: Int

  public init(base: UnsafeRawPointer, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// One byte.
  public subscript(index: Int) -> UInt8 {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }
  }

  /// A value of `T` from its bytes, at any alignment.
  @inline(__always)
  public func load<T: BitwiseCopyable>(_ offset: Int, as: T.Type = T.self) -> T {
    assert(offset >= 0 && offset + MemoryLayout<T>.size <= count)
    return unsafe base.loadUnaligned(fromByteOffset: offset, as: T.self)
  }

  /// The bytes of a range that is known to be inside.
  public func slice(_ offset: Int, _ count: Int) -> Bytes {
    assert(offset >= 0 && count >= 0 && offset + count <= self.count)
    return unsafe Bytes(base: base + offset, count: count)
  }

  /// First byte; for callers in C.
  public var pointer: UnsafeRawPointer { unsafe base }

  /// Whether the first byte stands on a multiple of `alignment`.
  func isAligned(to alignment: Int) -> Bool { Int(bitPattern: unsafe base) % alignment == 0 }
}

/// A table of a file: first byte, and how many entries it has.
public struct TableSpan: BitwiseCopyable, Sendable {
  public var offset: UInt64
  public var count: UInt64

  public init(offset: Int = 0, count: Int = 0) {
    self.offset = zeroExtended(offset)
    self.count = zeroExtended(count)
  }

  /// Whether all entries of `width` bytes lie between `first` and `end`, the first of them on a multiple of `alignment`, a
  /// power of two.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  func lies(from first: Int, to end: Int, width: UInt64, alignment: UInt64) -> Bool {
    guard offset >= zeroExtended(first), offset <= zeroExtended(end), offset & (alignment &- 1) == 0 else {
      return false
    }
    // A division of words: one of 64 bits is a function of its own on a processor of 32.
    let room = end &- Int(truncatingIfNeeded: offset)
    guard width <= zeroExtended(room) else { return count == 0 }
    return count <= zeroExtended(room / Int(truncatingIfNeeded: width))
  }

  /// First byte and entries of a table that has been checked.
  var start: Int { Int(truncatingIfNeeded: offset) }
  var entries: Int { Int(truncatingIfNeeded: count) }
}

/// A size or count as a field of 64 bits; it must not be negative.
///
/// The standard library's own conversion reaches allocating code where `Int` has 32 bits; putting words together does
/// not.
@inline(__always)
func zeroExtended(_ value: UInt32) -> UInt64 {
  unsafe unsafeBitCast([value, 0] as InlineArray<2, UInt32>, to: UInt64.self)
}

@inline(__always)
func zeroExtended(_ value: Int32) -> UInt64 { zeroExtended(UInt32(bitPattern: value)) }

@inline(__always)
func zeroExtended(_ value: Int) -> UInt64 {
  #if _pointerBitWidth(_32)
    zeroExtended(UInt32(truncatingIfNeeded: value))
  #else
    UInt64(truncatingIfNeeded: value)
  #endif
}
