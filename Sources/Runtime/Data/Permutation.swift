/// An order of `0..<count` that is a function of seed and epoch and takes no memory.
///
/// A Feistel network permutes the next power of four; numbers past `count` are walked on until they come back in.
public struct Permutation: Sendable {
  public let count: Int
  private let halfBits: UInt32
  private let key: UInt64

  /// - Parameter count: at least 1, below 2³¹.
  public init(count: Int, seed: UInt64, epoch: UInt32) {
    self.count = count
    var bits: UInt32 = 1
    while wide(1) &<< wide(2 * bits) < wide(count) { bits += 1 }
    halfBits = bits
    key = hash(seed, wide(epoch))
  }

  /// What stands at `index`.
  public subscript(index: Int) -> Int {
    var value = UInt32(truncatingIfNeeded: index)
    repeat { value = encrypt(value) } while wide(value) >= wide(count)
    return Int(value)
  }

  private func encrypt(_ value: UInt32) -> UInt32 {
    let mask = UInt32(1) << halfBits &- 1
    var left = value >> halfBits
    var right = value & mask
    for round in 0..<6 {
      let mixed = hash(key, wide(right) &<< 8 | wide(round))
      (left, right) = (right, left ^ (UInt32(truncatingIfNeeded: mixed) & mask))
    }
    return left << halfBits | right
  }
}

/// A number that looks random, of two (the finalizer of SplitMix64).
#if hasFeature(Embedded)
  @inline(never)
#endif
func hash(_ a: UInt64, _ b: UInt64) -> UInt64 {
  var z = a &+ b &* 0x9e37_79b9_7f4a_7c15 &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z &>> 31)
}
