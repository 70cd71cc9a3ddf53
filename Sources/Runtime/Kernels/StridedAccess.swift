/// An index space of six axes in row-major order; unused axes in front have size 1.
public struct IndexSpace: BitwiseCopyable, Sendable {
  public var sizes: InlineArray<6, Int32>

  public init(_ sizes: InlineArray<6, Int32>) { self.sizes = sizes }

  /// Elements of the index space; nil where sizes make no sense.
  var count: Extent {
    var extent = Extent()
    for axis in 0..<6 { extent = extent * sizes[axis] }
    return extent
  }

  /// Size of the last axis.
  var row: Int { Int(sizes[5]) }

  /// Visits the rows in order: `body` gets the number of the row's first element and the indexes of the first five
  /// axes.
  @inline(__always)
  func forEachRow(_ body: (_ first: Int, _ index: InlineArray<6, Int32>) -> Void) {
    var index = InlineArray<6, Int32>(repeating: 0)
    var first = 0
    while true {
      body(first, index)
      first &+= row
      var axis = 4
      while axis >= 0 {
        index[axis] &+= 1
        if index[axis] < sizes[axis] { break }
        index[axis] = 0
        axis &-= 1
      }
      if axis < 0 { return }
    }
  }
}

/// Strided access to a tensor over an index space: element `start` + Σ index · stride.
public struct StridedAccess: BitwiseCopyable, Sendable {
  public var strides: InlineArray<6, Int32>
  public var start: Int32

  public init(_ strides: InlineArray<6, Int32>, start: Int = 0) {
    self.strides = strides
    self.start = Int32(start)
  }

  /// Stride of the last axis.
  var step: Int { Int(strides[5]) }

  @inline(__always)
  func position(_ index: InlineArray<6, Int32>) -> Int {
    var position = Int(start)
    for axis in 0..<5 { position &+= Int(index[axis]) &* Int(strides[axis]) }
    return position
  }

  /// Elements of the tensor up to the last one accessed; nil if the access leaves it in front or is too long.
  func extent(over box: IndexSpace) -> Int? {
    guard box.count.value != nil else { return nil }
    var lowest = Int64(start)
    var highest = Int64(start)
    for axis in 0..<6 {
      let (reach, overflow) = strides[axis].multipliedReportingOverflow(by: box.sizes[axis] - 1)
      if overflow { return nil }
      if reach < 0 { lowest += Int64(reach) } else { highest += Int64(reach) }
    }
    return lowest >= 0 && highest < Int64(Int32.max) ? Int(highest) + 1 : nil
  }
}
