import Runtime

/// A deterministic stream of random numbers: those of `randomNumber` one after the other.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private let seed: UInt64
  private var position: UInt64 = 0

  public init(seed: UInt64) { self.seed = seed }

  /// A stream of its own for each name, so that what one tensor draws does not depend on the others.
  public init(seed: UInt64, name: String) {
    self.seed = name.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    return randomNumber(seed: seed, position)
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
