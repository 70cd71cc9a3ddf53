/// Rounding of an update to integers.
public enum UpdateRounding: Int32, Sendable {
  /// Stochastic: up or down at random, so that the mean is exact.
  case stochastic = 0
  case nearest = 1
  /// Toward zero, as C does: for comparison only, it destroys models.
  case truncate = 2

  /// The integer for `value`; `random` is uniform in 0 ..< 2³².
  @inline(__always)
  func round(_ value: Float, _ random: UInt32) -> Int32 {
    switch self {
    case .stochastic:
      let whole = floor(value)
      // 24 bits of the random number, so that it is exact as a float.
      let fraction = Float(random &>> 8) * 0x1p-24
      return whole &+ (value - Float(whole) > fraction ? 1 : 0)
    case .nearest: return floor(value + 0.5)
    case .truncate: return Int32(bounding: value)
    }
  }

  @inline(__always)
  private func floor(_ value: Float) -> Int32 {
    let whole = Int32(bounding: value)
    return Float(whole) > value ? whole &- 1 : whole
  }
}

extension Int32 {
  /// The integer toward zero, within ±2³⁰; 0 for what is no number.
  ///
  /// Total, unlike the standard library's conversion: no value that arithmetic on floats leads to may end a training.
  @inline(__always)
  init(bounding value: Float) {
    self = value == value ? Int32(Swift.min(Swift.max(value, -0x1p30), 0x1p30)) : 0
  }
}
