/// Work on a run of neighbouring channels, as many at a time as a vector has lanes.
public protocol ChannelBlock {
  associatedtype Scalar: KernelScalar
  /// Handles the channels `channel ..< channel + lanes`; `lanes` is below the vector's only in the last run.
  func run<V: SIMD>(_ channel: Int, _ lanes: Int, _: V.Type) where V.Scalar == Scalar
}

/// Scalars that come in vectors of four and of sixteen.
public protocol VectorScalar {
  static func run1<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Self
  static func run4<B: ChannelBlock>(_ block: B, _ channel: Int, _ lanes: Int) where B.Scalar == Self
  static func run16<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Self
}

extension Float: VectorScalar {
  @inline(__always)
  public static func run1<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Float {
    block.run(channel, 1, SIMD2<Float>.self)
  }
  @inline(__always)
  public static func run4<B: ChannelBlock>(_ block: B, _ channel: Int, _ lanes: Int) where B.Scalar == Float {
    block.run(channel, lanes, SIMD4<Float>.self)
  }
  @inline(__always)
  public static func run16<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Float {
    block.run(channel, 16, SIMD16<Float>.self)
  }
}

#if !hasFeature(Embedded)
  extension Double: VectorScalar {
    @inline(__always)
    public static func run1<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Double {
      block.run(channel, 1, SIMD2<Double>.self)
    }
    @inline(__always)
    public static func run4<B: ChannelBlock>(_ block: B, _ channel: Int, _ lanes: Int) where B.Scalar == Double {
      block.run(channel, lanes, SIMD4<Double>.self)
    }
    @inline(__always)
    public static func run16<B: ChannelBlock>(_ block: B, _ channel: Int) where B.Scalar == Double {
      block.run(channel, 16, SIMD16<Double>.self)
    }
  }
#endif

extension ChannelBlock {
  /// Runs over channels `start ..< end` as `run`, or one by one in a runner without vectors: for what is little work in an
  /// integer network.
  @inline(__always)
  func runShort(from start: Int, to end: Int) {
    guard !isBuilt(.vectors) else { return run(from: start, to: end) }
    for channel in start..<end { Scalar.run1(self, channel) }
  }

  /// Runs over channels `start ..< end`: by sixteen, then by four.
  @inline(__always)
  func run(from start: Int, to end: Int) {
    var channel = start
    while isBuilt(.vectors) && channel &+ 16 <= end {
      Scalar.run16(self, channel)
      channel &+= 16
    }
    while channel < end {
      Scalar.run4(self, channel, min(4, end &- channel))
      channel &+= 4
    }
  }
}

extension Elements {
  /// The `lanes` elements from `index` on; the other lanes are zero.
  @inline(__always)
  func vector<V: SIMD>(_ index: Int, _ lanes: Int, _: V.Type = V.self) -> V
  where V.Scalar == Element, Element: Numeric {
    assert(index >= 0 && index &+ lanes <= count)
    if lanes == V.scalarCount { return unsafe UnsafeRawPointer(base + index).loadUnaligned(as: V.self) }
    var result = V()
    for lane in 0..<lanes { result[lane] = self[index &+ lane] }
    return result
  }

  @inline(__always)
  func store<V: SIMD>(_ vector: V, _ index: Int, _ lanes: Int) where V.Scalar == Element {
    assert(index >= 0 && index &+ lanes <= count)
    if lanes == V.scalarCount {
      unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: vector, as: V.self)
    } else {
      for lane in 0..<lanes { self[index &+ lane] = vector[lane] }
    }
  }
}
