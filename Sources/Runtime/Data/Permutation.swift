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
    while zeroExtended(1) &<< zeroExtended(2 * bits) < zeroExtended(count) { bits += 1 }
    halfBits = bits
    key = randomNumber(seed: seed, zeroExtended(epoch))
  }

  /// What stands at `index`.
  public subscript(index: Int) -> Int {
    var value = UInt32(truncatingIfNeeded: index)
    repeat { value = encrypt(value) } while zeroExtended(value) >= zeroExtended(count)
    return Int(value)
  }

  private func encrypt(_ value: UInt32) -> UInt32 {
    let mask = UInt32(1) << halfBits &- 1
    var left = value >> halfBits
    var right = value & mask
    for round in 0..<6 {
      let mixed = randomNumber(seed: key, zeroExtended(right) &<< 8 | zeroExtended(round))
      (left, right) = (right, left ^ (UInt32(truncatingIfNeeded: mixed) & mask))
    }
    return left << halfBits | right
  }
}
