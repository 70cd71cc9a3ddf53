/// A deterministic stream of random numbers (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// A stream of its own for each name, so that what one tensor draws does not depend on the others.
  public init(seed: UInt64, name: String) {
    state = name.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in [−bound, bound), from the upper 24 bits of one draw.
  public mutating func uniform(_ bound: Float) -> Float {
    let unit = Float(next() >> 40) / Float(1 << 24)
    return (2 * unit - 1) * bound
  }
}

extension Constant {
  /// Values drawn uniformly from ±`bound`; dtype `f32`.
  public init(_ type: TensorType, uniform bound: Float, seed: UInt64, name: String) {
    var generator = SeededGenerator(seed: seed, name: name)
    self.init(type, floats: (0..<type.count).map { _ in generator.uniform(bound) })
  }
}
