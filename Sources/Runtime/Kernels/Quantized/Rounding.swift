/// How an update becomes integers.
public enum UpdateRounding: Int32, Sendable {
  /// Up or down at random, so that the mean is exact.
  case stochastic = 0
  case nearest = 1
  /// Toward zero, as C does: for comparison only, it destroys models.
  case truncate = 2

  /// The integer for `value`, whose magnitude is below 2³⁰; `random` is uniform in 0 ..< 2³².
  @inline(__always)
  func round(_ value: Float, _ random: UInt32) -> Int32 {
    switch self {
    case .stochastic:
      let whole = floor(value)
      // 24 bits of the random number, so that it is exact as a float.
      let fraction = Float(random &>> 8) * 0x1p-24
      return whole &+ (value - Float(whole) > fraction ? 1 : 0)
    case .nearest: return floor(value + 0.5)
    case .truncate: return Int32(value)
    }
  }

  @inline(__always)
  private func floor(_ value: Float) -> Int32 {
    let whole = Int32(value)
    return Float(whole) > value ? whole &- 1 : whole
  }
}

/// A random number for each (seed, step, tensor, element): the same whatever the order, the threads and the machine.
///
/// A counter goes through the finalizer of MurmurHash3 twice, each time with a key of its own.
public struct CounterGenerator {
  private let first: UInt32
  private let second: UInt32

  public init(seed: UInt32, step: UInt32, tensor: UInt32) {
    first = mix(seed ^ mix(step &+ 0x9e37_79b9))
    second = mix(tensor &+ 0x7f4a_7c15 ^ first)
  }

  @inline(__always)
  public subscript(element: UInt32) -> UInt32 { mix(mix(element ^ first) &+ second) }
}

@inline(__always)
private func mix(_ value: UInt32) -> UInt32 {
  var x = value
  x ^= x &>> 16
  x = x &* 0x85eb_ca6b
  x ^= x &>> 13
  x = x &* 0xc2b2_ae35
  return x ^ x &>> 16
}
