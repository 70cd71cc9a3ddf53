import Glibc

/// How near one tensor is to another.
struct Fidelity: Sendable {
  private var signal = 0.0
  private var noise = 0.0
  private var product = 0.0
  private var power = 0.0

  init() {}

  mutating func add(_ exact: UnsafeBufferPointer<Float>, _ rounded: UnsafeBufferPointer<Float>) {
    for (a, b) in zip(exact, rounded) {
      let (a, b) = (Double(a), Double(b))
      signal += a * a
      noise += (a - b) * (a - b)
      product += a * b
      power += b * b
    }
  }

  /// 10 · log₁₀ of Σx² / Σ(x − x̂)², between −120 and 120 decibels.
  var decibels: Double {
    guard noise > 0 else { return 120 }
    return min(max(10 * log10(signal / noise), -120), 120)
  }

  /// 1 where both are zero.
  var cosine: Double {
    let norms = (signal * power).squareRoot()
    return norms > 0 ? product / norms : noise > 0 ? 0 : 1
  }
}
