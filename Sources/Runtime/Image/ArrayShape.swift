/// Shape of an array of one sample: up to 8 axes, the batch left out; no axes are one number.
public struct ArrayShape: BitwiseCopyable, Sendable, Equatable {
  public static var limit: Int { 8 }

  public private(set) var rank: UInt32 = 0
  /// Sizes of the axes, then zeros.
  private var sizes = InlineArray<8, UInt32>(repeating: 0)

  public init() {}

  /// At most `limit` axes.
  public init(_ sizes: some Collection<Int>) {
    for size in sizes { append(UInt32(size)) }
  }

  public var axes: Int { min(Int(truncatingIfNeeded: rank), ArrayShape.limit) }

  public subscript(axis: Int) -> UInt32 { sizes[axis] }

  /// Appends an axis; there must be room for it.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  public mutating func append(_ size: UInt32) {
    sizes[axes] = size
    rank &+= 1
  }

  /// Elements; nil where the shape came from a file and is none, or has more than 2³¹ - 1 of them.
  public var count: UInt32? {
    guard rank <= UInt32(ArrayShape.limit) else { return nil }
    var count: UInt64 = 1
    for axis in 0..<axes {
      count &*= zeroExtended(sizes[axis])
      guard count > 0, count <= zeroExtended(Int32.max) else { return nil }
    }
    return UInt32(truncatingIfNeeded: count)
  }

  public static func == (a: ArrayShape, b: ArrayShape) -> Bool {
    guard a.rank == b.rank else { return false }
    for axis in 0..<a.axes where a.sizes[axis] != b.sizes[axis] { return false }
    return true
  }

  /// Whether an array of this shape can only mean one of the other: the same axes but for some of size one, or all
  /// elements in one axis. Both have the same order of elements then.
  public func stands(for other: ArrayShape) -> Bool {
    axes == 1 && count == other.count || withoutOnes == other.withoutOnes
  }

  private var withoutOnes: ArrayShape {
    @inline(never) get {
      var shape = ArrayShape()
      for axis in 0..<axes where sizes[axis] != 1 { shape.append(sizes[axis]) }
      return shape
    }
  }
}
