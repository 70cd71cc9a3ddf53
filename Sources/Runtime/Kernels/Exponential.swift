/// exp, log and what follows from them, by polynomials: boards have no math library, and all machines agree on the bits.
extension KernelScalar {
  /// 1 / (1 + e⁻ˣ).
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self { 1 / (1 + exp(-x)) }

  /// Hyperbolic tangent; small arguments through the seventh convergent of its continued fraction.
  @inline(__always)
  static func tanh(_ x: Self) -> Self {
    let size = abs(x)
    let z = min(size, 1) * min(size, 1)
    let small = x * (135135 + z * (17325 + z * (378 + z))) / (135135 + z * (62370 + z * (3150 + z * 28)))
    let e = exp(-2 * size)
    let large = (1 - e) / (1 + e)
    return size < 0.4 ? small : (x < 0 ? -large : large)
  }

  /// baseʸ for a positive base.
  @inline(__always)
  static func power(_ base: Self, _ exponent: Self) -> Self { exp(exponent * log(base)) }

  /// Density of the normal distribution, the slope of `normal`.
  @inline(__always)
  static func density(_ x: Self) -> Self { 0.3989422804014327 * exp(-0.5 * x * x) }

  /// ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), close to `normal`, and its slope.
  @inline(__always)
  static func tanhNormal(_ x: Self) -> (value: Self, slope: Self) {
    let t = tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))
    return (0.5 * (1 + t), 0.5 * (1 - t * t) * 0.7978845608028654 * (1 + 0.134145 * x * x))
  }
}

extension Float {
  /// Share of a normal distribution below x, but for 7.5 · 10⁻⁸ (Abramowitz and Stegun, 26.2.17).
  @inline(__always)
  public static func normal(_ x: Float) -> Float {
    let t = 1 / (1 + 0.2316419 * abs(x))
    var p: Float = 1.330274429
    p = p * t - 1.821255978
    p = p * t + 1.781477937
    p = p * t - 0.356563782
    p = p * t + 0.319381530
    let tail = density(x) * p * t
    return x < 0 ? tail : 1 - tail
  }

  /// eˣ within 2 units in the last place; results below the smallest normal number are 0.
  @inline(__always)
  public static func exp(_ x: Float) -> Float {
    let clamped = min(max(x, -87.336544), 88.72283)
    // Adding 1.5 · 2²³ leaves the nearest integer in the low bits.
    let shifted = clamped * 1.442695 + 12_582_912
    let n = Int32(bitPattern: shifted.bitPattern) &- 0x4b40_0000
    let whole = shifted - 12_582_912
    let r = clamped - whole * 0.693359375 - whole * -2.12194440e-4
    var p: Float = 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r * r + r + 1
    let half = n &>> 1
    let low = Float(bitPattern: UInt32(bitPattern: (half &+ 127) &<< 23))
    let high = Float(bitPattern: UInt32(bitPattern: (n &- half &+ 127) &<< 23))
    let y = p * low * high
    return x > 88.72283 ? .infinity : x < -87.336544 ? 0 : x == x ? y : x
  }

  /// Natural logarithm within 2 units in the last place; −∞ at 0, not a number below.
  @inline(__always)
  public static func log(_ x: Float) -> Float {
    let isSmall = x < leastNormalMagnitude
    let normal = isSmall ? x * 8_388_608 : x
    // Mantissa in [√½, √2), so that its logarithm is small.
    let bits = Int32(bitPattern: normal.bitPattern) &- 0x3f35_04f3
    let exponent = Float(bits &>> 23) - (isSmall ? 23 : 0)
    let m = Float(bitPattern: UInt32(bitPattern: (bits & 0x7f_ffff) &+ 0x3f35_04f3))
    let f = m - 1
    let s = f / (2 + f)
    let z = s * s
    var q: Float = 2 / 9
    q = q * z + 2 / 7
    q = q * z + 2 / 5
    q = q * z + 2 / 3
    let square = 0.5 * f * f
    // log m = f − (f²/2 − s (f²/2 + z q)): exact in its largest term.
    let y = exponent * 0.693359375 - ((square - s * (square + z * q) - exponent * -2.12194440e-4) - f)
    return x > 0 ? (x < .infinity ? y : x) : x == 0 ? -.infinity : .nan
  }
}

#if !hasFeature(Embedded)
  extension Double {
    /// Share of a normal distribution below x, to about 10⁻¹⁵: ½ + φ(x) · (x + x³/3 + x⁵/15 + ...).
    public static func normal(_ x: Double) -> Double {
      guard abs(x) < 8 else { return x < 0 ? 0 : x > 0 ? 1 : x }
      var (term, sum, odd) = (x, x, 1.0)
      while abs(term) > 1e-17 * abs(sum) {
        odd += 2
        term *= x * x / odd
        sum += term
      }
      return 0.5 + density(x) * sum
    }

    /// eˣ to about 2 · 10⁻¹⁶ relative; results below the smallest normal number are 0.
    public static func exp(_ x: Double) -> Double {
      guard x == x else { return x }
      guard x <= 709.782712893384 else { return .infinity }
      guard x >= -708.396418532264 else { return 0 }
      let whole = (x * 1.4426950408889634).rounded()
      let r = x - whole * 6.93147180369123816490e-01 - whole * 1.90821492927058770002e-10
      var p = 0.0
      var degree = 14.0
      while degree >= 2 {
        p = (p + 1) * r / degree
        degree -= 1
      }
      let n = Int(whole)
      let low = Double(sign: .plus, exponent: n / 2, significand: 1)
      return (1 + (r + p * r)) * low * Double(sign: .plus, exponent: n - n / 2, significand: 1)
    }

    /// Natural logarithm to about 2 · 10⁻¹⁶ relative; −∞ at 0, not a number below.
    public static func log(_ x: Double) -> Double {
      guard x > 0 else { return x == 0 ? -.infinity : .nan }
      guard x < .infinity else { return x }
      var exponent = Double(x.exponent)
      var m = x.significand
      if m > 1.4142135623730951 {
        m *= 0.5
        exponent += 1
      }
      let f = m - 1
      let s = f / (2 + f)
      let z = s * s
      var q = 0.0
      var degree = 23.0
      while degree >= 3 {
        q = q * z + 2 / degree
        degree -= 2
      }
      let square = 0.5 * f * f
      let small = square - s * (square + z * q) - exponent * 1.90821492927058770002e-10
      return exponent * 6.93147180369123816490e-01 - (small - f)
    }
  }
#endif
