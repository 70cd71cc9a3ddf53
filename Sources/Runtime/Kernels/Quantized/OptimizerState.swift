import CKernels

/// Block-wise quantized optimizer state: moments of gradients in 8 bits, one scale for each block of elements.
///
/// The first moment is stored with stochastic rounding, so that changes below half a step are not lost.
struct OptimizerState {
  private let p: QuantizedUpdateParameters
  private let rule: UpdateRule
  private let first: Elements<Int8>
  private let firstScales: Elements<Float>
  private let second: Elements<UInt8>?
  private let secondScales: Elements<Float>?
  private let noise: RoundingNoise
  /// 1 − βᵗ of both moments, for Adam.
  private let correction1: Float
  private let correction2: Float

  /// Nil where the rule keeps nothing.
  ///
  /// - Parameter noise: another stream than that of the weights.
  init?(_ call: Call, _ p: QuantizedUpdateParameters, _ context: StepContext, _ noise: RoundingNoise) {
    guard isBuilt(.moments), let first: Elements<Int8> = call.slot(5, p), let scales: Elements<Float> = call.slot(6, p)
    else { return nil }
    self.p = p
    rule = UpdateRule(rawValue: p.rule) ?? .momentum
    self.first = first
    firstScales = scales
    second = call.slot(7, p)
    secondScales = call.slot(8, p)
    self.noise = noise
    correction1 = 1 - Float.power(p.beta1, Float(context.step &+ 1))
    correction2 = 1 - Float.power(p.beta2, Float(context.step &+ 1))
  }

  /// The same for C kernels.
  var moments: ck_moments {
    unsafe ck_moments(
      rule: rule.rawValue, beta1: p.beta1, beta2: p.beta2, correction1: correction1, correction2: correction2,
      first: first.pointer, first_scales: firstScales.pointer, second: second?.pointer,
      second_scales: secondScales?.pointer)
  }

  /// Takes the gradients of one block into the state and hands on each element's direction.
  @inline(__always)
  func advance(_ start: Int, _ end: Int, _ gradient: (Int) -> Float, _ apply: (Int, Float) -> Void) {
    let block = start / QuantizedUpdateParameters.block
    let scale = firstScales[block]
    let rootScale = secondScales?[block] ?? 0
    var moments = InlineArray<128, Float>(repeating: 0)
    var roots = InlineArray<128, Float>(repeating: 0)
    var largest: Float = 0
    var largestRoot: Float = 0
    for i in start..<end {
      let g = gradient(i)
      let old = Float(first[i]) * scale
      var moment: Float
      var root: Float = 0
      var direction: Float
      switch rule {
      case .sgd, .momentum:
        moment = p.beta1 * old + g
        direction = moment
      case .lion:
        let mixed = p.beta1 * old + (1 - p.beta1) * g
        direction = mixed > 0 ? 1 : mixed < 0 ? -1 : 0
        moment = p.beta2 * old + (1 - p.beta2) * g
      case .adam:
        moment = p.beta1 * old + (1 - p.beta1) * g
        let oldRoot = Float(second?[i] ?? 0) * rootScale
        root = (p.beta2 * oldRoot * oldRoot + (1 - p.beta2) * g * g).squareRoot()
        direction = moment / correction1 / (root / correction2.squareRoot() + 1e-8)
      }
      if !(abs(moment) < .infinity) { (moment, root, direction) = (0, 0, 0) }
      // The square of the largest root is a float, so that one gradient beyond that does not make the next step larger.
      root = min(root, 0x1p63)
      moments[i &- start] = moment
      roots[i &- start] = root
      largest = max(largest, abs(moment))
      largestRoot = max(largestRoot, root)
      apply(i, direction)
    }
    store(start, end, moments, blockScale(largest / 127), block)
    storeRoots(start, end, roots, blockScale(largestRoot / 255), block)
  }

  /// The scale of a block, 0 for a block of zeros: moments of weights that get no gradient decay, and below the
  /// smallest normal number the reciprocal of a scale is infinite.
  @inline(__always)
  private func blockScale(_ scale: Float) -> Float { scale < .leastNormalMagnitude ? 0 : scale }

  private func store(_ start: Int, _ end: Int, _ moments: InlineArray<128, Float>, _ scale: Float, _ block: Int) {
    firstScales[block] = scale
    let inverse = scale > 0 ? 1 / scale : 0
    for i in start..<end {
      let bounded = min(max(moments[i &- start] * inverse, -127), 127)
      first[i] = Int8(clamping: UpdateRounding.stochastic.round(bounded, noise[UInt32(truncatingIfNeeded: i)]))
    }
  }

  /// Roots are rounded up: a second moment of 0 would make the next step without bound.
  private func storeRoots(_ start: Int, _ end: Int, _ roots: InlineArray<128, Float>, _ scale: Float, _ block: Int) {
    guard let second, let secondScales else { return }
    secondScales[block] = scale
    let inverse = scale > 0 ? 1 / scale : 0
    for i in start..<end {
      let value = min(roots[i &- start] * inverse, 255)
      let whole = Int32(bounding: value)
      second[i] = UInt8(truncatingIfNeeded: Float(whole) < value ? whole &+ 1 : whole)
    }
  }
}
