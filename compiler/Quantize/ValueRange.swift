import ONNX

/// What an activation may be.
struct ValueRange: Equatable, Sendable {
  var low = Double.infinity
  var high = -Double.infinity

  init() {}

  init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// False where a value is infinite or not a number.
  mutating func add(_ values: UnsafeBufferPointer<Float>) -> Bool {
    var (least, most) = (Float.infinity, -Float.infinity)
    // A sum of zeros as long as all is finite: infinity times zero is not.
    var check: Float = 0
    for value in values {
      least = min(least, value)
      most = max(most, value)
      check += value * 0
    }
    low = min(low, Double(least))
    high = max(high, Double(most))
    return check == 0
  }

  /// Scale and zero point with which int8 covers the range and zero, which is represented exactly (Jacob et al., 2018).
  var int8: QuantizationScheme.Activation {
    let (low, high) = (min(self.low, 0), max(self.high, 0))
    let scale = Float((high - low) / 255)
    // A tensor of zeros has any scale; one of less than the smallest normal numbers is as good as that.
    guard scale > 1e-30 else { return .init(scale: 1, zeroPoint: 0) }
    let zero = (-128 - low / Double(scale)).rounded()
    return .init(scale: scale, zeroPoint: Int(min(max(zero, -128), 127)))
  }
}
