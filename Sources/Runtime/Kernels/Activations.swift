/// Element-wise kernels with two numbers: activation functions and their gradients.
public struct ActivationParameters: KernelParameters {
  public var count: Int32
  /// Tensors the kernel takes, the output included.
  public var tensors: Int32
  public var first: Float
  public var second: Float

  public init(count: Int, tensors: Int, first: Float, second: Float) {
    self.count = Int32(count)
    self.tensors = Int32(tensors)
    self.first = first
    self.second = second
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? { index < tensors ? (Extent() * count).value : nil }

  public func isValid(for opcode: OpCode) -> Bool { tensors == opcode.activationTensors }
}

extension OpCode {
  /// Tensors in the row of an activation function: y and x; in that of its gradient: dx, dy and what it is computed from.
  ///
  /// Nil for all other opcodes.
  var activationTensors: Int32? {
    switch self {
    case .affine, .clip, .erf, .gelu, .hardSigmoid, .hardSwish, .leakyRelu, .mish, .sigmoid, .silu, .softplus,
      .tanh:
      2
    case .clipGrad, .erfGrad, .geluGrad, .hardSigmoidGrad, .hardSwishGrad, .leakyReluGrad, .mishGrad, .sigmoidGrad,
      .siluGrad, .softplusGrad, .tanhGrad:
      3
    default: nil
    }
  }
}

/// Runs an activation function or its gradient; a test runs all that have tensors above.
func activation<S: KernelScalar>(_ opcode: OpCode, _ call: Call, _ scalar: S.Type) {
  switch opcode {
  case .leakyRelu: if isBuilt(.leakyRelu) { leakyRelu(call, scalar) }
  case .leakyReluGrad: if isBuilt(.leakyReluGrad) { leakyReluGrad(call, scalar) }
  case .clip: if isBuilt(.clip) { clip(call, scalar) }
  case .clipGrad: if isBuilt(.clipGrad) { clipGrad(call, scalar) }
  case .hardSigmoid: if isBuilt(.hardSigmoid) { hardSigmoid(call, scalar) }
  case .hardSigmoidGrad: if isBuilt(.hardSigmoidGrad) { hardSigmoidGrad(call, scalar) }
  case .hardSwish: if isBuilt(.hardSwish) { hardSwish(call, scalar) }
  case .hardSwishGrad: if isBuilt(.hardSwishGrad) { hardSwishGrad(call, scalar) }
  case .sigmoid: if isBuilt(.sigmoid) { sigmoid(call, scalar) }
  case .sigmoidGrad: if isBuilt(.sigmoidGrad) { sigmoidGrad(call, scalar) }
  case .tanh: if isBuilt(.tanh) { tanh(call, scalar) }
  case .tanhGrad: if isBuilt(.tanhGrad) { tanhGrad(call, scalar) }
  case .silu: if isBuilt(.silu) { silu(call, scalar) }
  case .siluGrad: if isBuilt(.siluGrad) { siluGrad(call, scalar) }
  case .gelu: if isBuilt(.gelu) { gelu(call, scalar) }
  case .geluGrad: if isBuilt(.geluGrad) { geluGrad(call, scalar) }
  case .erf: if isBuilt(.erf) { erf(call, scalar) }
  case .erfGrad: if isBuilt(.erfGrad) { erfGrad(call, scalar) }
  case .softplus: if isBuilt(.softplus) { softplus(call, scalar) }
  case .softplusGrad: if isBuilt(.softplusGrad) { softplusGrad(call, scalar) }
  case .mish: if isBuilt(.mish) { mish(call, scalar) }
  case .mishGrad: if isBuilt(.mishGrad) { mishGrad(call, scalar) }
  case .affine: if isBuilt(.affine) { affine(call, scalar) }
  default: break
  }
}

/// y = f(x), element by element; y may be x.
@inline(__always)
private func map<S: KernelScalar>(_ call: Call, _: S.Type, _ f: (S, _ first: S, _ second: S) -> S) {
  let p = call.parameters(ActivationParameters.self)
  let first = S(p.first)
  let second = S(p.second)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  y.map(Int(p.count), x) { f($0, first, second) }
}

/// dx = f(dy, y), element by element; dx may be dy.
@inline(__always)
private func map<S: KernelScalar>(_ call: Call, _: S.Type, _ f: (S, S, _ first: S, _ second: S) -> S) {
  let p = call.parameters(ActivationParameters.self)
  let first = S(p.first)
  let second = S(p.second)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let y = call.elements(2, S.self)
  dx.map(Int(p.count), dy, y) { f($0, $1, first, second) }
}

/// What a slope lets through: 0 for slope 0, whatever the sign of dy and even where it is not a number.
@inline(__always)
func scaled<S: KernelScalar>(_ dy: S, _ slope: S) -> S { slope == 0 ? 0 : slope * dy }

/// y = x where x > 0, else first · x.
private func leakyRelu<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, slope, _ in x > 0 ? x : slope * x }
}

/// dx = dy where y > 0, else first · dy.
private func leakyReluGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, slope, _ in y > 0 ? dy : scaled(dy, slope) }
}

/// y = x kept between first and second.
private func clip<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, low, high in x < low ? low : x > high ? high : x }
}

/// dx = dy strictly between first and second, else 0.
private func clipGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, low, high in y > low && y < high ? dy : 0 }
}

/// y = first · x + second kept between 0 and 1.
private func hardSigmoid<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, alpha, beta in
    let line = alpha * x + beta
    return line < 0 ? 0 : line > 1 ? 1 : line
  }
}

/// dx = first · dy strictly between 0 and 1, else 0.
private func hardSigmoidGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, alpha, _ in y > 0 && y < 1 ? alpha * dy : 0 }
}

/// y = x · (x / 6 + ½ kept between 0 and 1).
private func hardSwish<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, _, _ in x < -3 ? 0 : x > 3 ? x : x * (x + 3) / 6 }
}

/// dx = dy · (x / 3 + ½) between −3 and 3, 0 below, dy above; reads x.
private func hardSwishGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, x, _, _ in x <= -3 ? 0 : x >= 3 ? dy : dy * (x / 3 + 0.5) }
}

/// y = 1 / (1 + e⁻ˣ).
private func sigmoid<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { map(call, scalar) { x, _, _ in S.sigmoid(x) } }

/// dx = dy · y · (1 − y).
private func sigmoidGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, _, _ in dy * y * (1 - y) }
}

/// Hyperbolic tangent.
private func tanh<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { map(call, scalar) { x, _, _ in S.tanh(x) } }

/// dx = dy · (1 − y²).
private func tanhGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, _, _ in dy * (1 - y * y) }
}

/// y = x / (1 + e⁻ˣ).
private func silu<S: KernelScalar>(_ call: Call, _ scalar: S.Type) { map(call, scalar) { x, _, _ in x * S.sigmoid(x) } }

/// dx = dy · σ · (1 + x · (1 − σ)), σ = 1 / (1 + e⁻ˣ); reads x.
private func siluGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, x, _, _ in
    let s = S.sigmoid(x)
    return dy * (s * (1 + x * (1 - s)))
  }
}

/// Error function.
private func erf<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, _, _ in 2 * S.normal(x * 1.4142135623730951) - 1 }
}

/// dx = dy · 2/√π · e^(−x²); reads x.
private func erfGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, x, _, _ in dy * (1.1283791670955126 * S.exp(-x * x)) }
}

/// y = x · Φ(x), the normal distribution; where first is 1, with a tanh in its place.
private func gelu<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, usesTanh, _ in x * (usesTanh == 1 ? S.tanhNormal(x).value : S.normal(x)) }
}

/// dx = dy · (Φ(x) + x · Φ'(x)); reads x.
private func geluGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, x, usesTanh, _ in
    if usesTanh == 1 {
      let normal = S.tanhNormal(x)
      return dy * (normal.value + x * normal.slope)
    }
    return dy * (S.normal(x) + x * S.density(x))
  }
}

/// y = ln(1 + eˣ).
private func softplus<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, _, _ in
    // log1p after Kahan: the rounding error of 1 + e cancels in e / (sum − 1).
    let e = S.exp(-abs(x))
    let sum = 1 + e
    return max(x, 0) + (sum == 1 ? e : S.log(sum) * (e / (sum - 1)))
  }
}

/// dx = dy · (1 − e⁻ʸ), which is dy / (1 + e⁻ˣ).
private func softplusGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, y, _, _ in
    let e = S.exp(-y)
    // expm1 after Kahan: near 0 the rounding error of e cancels in (e − 1) / ln e.
    return dy * (y > 1 ? 1 - e : e == 1 ? y : (e - 1) * (y / S.log(e)))
  }
}

/// y = x · tanh(ln(1 + eˣ)).
private func mish<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, _, _ in x * mishGate(x).value }
}

/// dx = dy · (t + x · t'), t = tanh(ln(1 + eˣ)); reads x.
private func mishGrad<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { dy, x, _, _ in
    let gate = mishGate(x)
    return dy * (gate.value + x * gate.slope)
  }
}

/// tanh(ln(1 + eˣ)) = (e²ˣ + 2eˣ) / (e²ˣ + 2eˣ + 2) and its slope, in powers of e^(−|x|), which does not overflow.
@inline(__always)
private func mishGate<S: KernelScalar>(_ x: S) -> (value: S, slope: S) {
  let e = S.exp(-abs(x))
  let part = x > 0 ? 1 + 2 * e : e * (e + 2)
  let whole = part + (x > 0 ? 2 * e * e : 2)
  return (part / whole, 4 * e * (1 + e) * (x > 0 ? e : 1) / (whole * whole))
}

/// y = first · x + second.
private func affine<S: KernelScalar>(_ call: Call, _ scalar: S.Type) {
  map(call, scalar) { x, alpha, beta in alpha * x + beta }
}
