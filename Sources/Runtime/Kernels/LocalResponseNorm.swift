/// The window over channels that a local response normalization sums, and the numbers it sums with.
public struct ResponseWindow: BitwiseCopyable {
  public var pixels: Int32
  public var channels: Int32
  /// Channels below and above the one that is normalized.
  public var below: Int32
  public var above: Int32
  /// What a sum of squares is multiplied with: alpha / size.
  public var factor: Float
  public var beta: Float
  public var bias: Float

  public init(pixels: Int, channels: Int, size: Int, alpha: Double, beta: Double, bias: Double) {
    self.pixels = Int32(pixels)
    self.channels = Int32(channels)
    below = Int32((size - 1) / 2)
    above = Int32(size / 2)
    factor = Float(alpha / Double(size))
    self.beta = Float(beta)
    self.bias = Float(bias)
  }

  var extent: Extent {
    below >= 0 && above >= 0 && below < Int32.max / 2 && above < Int32.max / 2
      ? Extent() * pixels * channels : Extent() * 0
  }

  /// Channels of the window around `channel`; those that have `channel` in their window where `isBackward`.
  @inline(__always)
  func around(_ channel: Int, isBackward: Bool = false) -> Range<Int> {
    let down = Int(isBackward ? above : below)
    let up = Int(isBackward ? below : above)
    return max(0, channel &- down)..<min(Int(channels), channel &+ up &+ 1)
  }

  /// bias + factor · Σ x² over the window of `channel` in the pixel that starts at `first`.
  @inline(__always)
  func base<S: KernelScalar>(_ x: Elements<S>, _ first: Int, _ channel: Int) -> S {
    var sum: S = 0
    for c in around(channel) { sum += x[first &+ c] * x[first &+ c] }
    return S(bias) + S(factor) * sum
  }
}

/// Operands: y, x.
public struct LocalResponseNormParameters: KernelParameters {
  public var window: ResponseWindow

  public init(_ window: ResponseWindow) { self.window = window }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { index < 2 ? window.extent.value : nil }
}

/// Operands: dx, dy, x, scratch for two numbers a channel.
public struct LocalResponseNormGradParameters: KernelParameters {
  public var window: ResponseWindow

  public init(_ window: ResponseWindow) { self.window = window }

  public var operandCount: Int { 4 }

  public func extent(of index: Int) -> Int? {
    guard let count = window.extent.value else { return nil }
    return index < 3 ? count : index == 3 ? (Extent() * 16 * window.channels).value : nil
  }

  public func type(of index: Int) -> OperandType { index == 3 ? .element(.u8) : .scalar }
}

/// y = x · (bias + factor · Σ x²)^−beta, the sum over the neighbouring channels of a pixel.
func localResponseNorm<S: KernelScalar>(_ call: Call, _: S.Type) {
  let window = call.parameters(LocalResponseNormParameters.self).window
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let channels = Int(window.channels)
  for pixel in 0..<Int(window.pixels) {
    let first = pixel &* channels
    for c in 0..<channels {
      y[first &+ c] = x[first &+ c] * S.power(window.base(x, first, c), -S(window.beta))
    }
  }
}

/// dx = dy · s^−beta − 2 · factor · beta · x · Σ dy · x · s^(−beta−1), s the base, the sum over all windows x is in.
func localResponseNormGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let window = call.parameters(LocalResponseNormGradParameters.self).window
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let x = call.elements(2, S.self)
  let channels = Int(window.channels)
  let powers = call.scratch(3, S.self)
  let terms = powers.from(channels)
  let slope = 2 * S(window.factor) * S(window.beta)
  for pixel in 0..<Int(window.pixels) {
    let first = pixel &* channels
    for c in 0..<channels {
      let base = window.base(x, first, c)
      powers[c] = S.power(base, -S(window.beta))
      terms[c] = dy[first &+ c] * x[first &+ c] * powers[c] / base
    }
    for c in 0..<channels {
      var sum: S = 0
      for reader in window.around(c, isBackward: true) { sum += terms[reader] }
      dx[first &+ c] = dy[first &+ c] * powers[c] - slope * x[first &+ c] * sum
    }
  }
}
