/// Rounding of an update to integers.
public enum UpdateRounding: Int32, Sendable {
  /// Stochastic: up or down at random, so that the mean is exact to 2⁻¹⁷ of a unit for steps below 128.
  case stochastic = 0
  case nearest = 1
  /// Toward zero, as C does: for comparison only, it destroys models.
  case truncate = 2

  /// The integer for `value`; `noise` is uniform.
  @inline(__always)
  func round(_ value: Float, _ noise: UInt16) -> Int32 {
    let shifted =
      switch self {
      // The middle of the noise's interval, so that neither direction has more of it.
      case .stochastic: value + (Float(noise) * 0x1p-16 + 0x1p-17)
      case .nearest: value + 0.5
      case .truncate: value
      }
    let whole = Int32(bounding: shifted)
    return self != .truncate && Float(whole) > shifted ? whole &- 1 : whole
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
