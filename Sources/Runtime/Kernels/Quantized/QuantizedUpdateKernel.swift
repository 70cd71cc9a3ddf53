import CKernels

/// Optimizer rule: how a gradient becomes a direction.
public enum UpdateRule: Int32, Sendable {
  case sgd = 0
  /// State: velocity, 8 bits in blocks.
  case momentum = 1
  /// State: momentum, 8 bits in blocks; the direction is a sign (Chen et al., Symbolic Discovery of Optimization
  /// Algorithms).
  case lion = 2
  /// State: both moments, 8 bits in blocks, the second one as its root (Kingma, Ba; Dettmers et al.).
  case adam = 3
}

/// Operands: new w, w (i8, or i32 for biases), gradient (f32, real units), scales, low bytes, then the optimizer's
/// state: first moment (i8) and its block scales, root of the second moment (u8) and its block scales.
///
/// Low bytes and state belong to this node alone, which writes them.
public struct QuantizedUpdateParameters: SlottedParameters {
  /// Elements that share one scale of optimizer state.
  public static var block: Int { 128 }

  public var count: Int32
  /// Element i belongs to channel i / inner % channels.
  public var inner: Int32
  public var channels: Int32
  /// 1 where w is i32.
  public var isWide: Int32
  /// Raw values of `UpdateRule` and `UpdateRounding`.
  public var rule: Int32
  public var rounding: Int32
  /// 1 where steps are ∂L/∂integer, without quantization-aware scaling.
  public var isPlain: Int32
  public var weightDecay: Float
  /// Decay rates β of the first and the second moment.
  public var beta1: Float
  public var beta2: Float
  /// Gradient clipping: largest norm, to which longer gradients are scaled. 0 is no limit.
  public var clip: Float
  /// Micro-batches whose gradients the operand sums.
  public var accumulate: Int32
  public var seed: UInt32
  /// Keys the random numbers of this tensor.
  public var tensor: UInt32
  public var slots: UInt32

  public init(
    count: Int, inner: Int, channels: Int, isWide: Bool, rule: UpdateRule, rounding: UpdateRounding, isPlain: Bool,
    weightDecay: Float, betas: (Float, Float), clip: Float, accumulate: Int, seed: UInt32, tensor: UInt32, slots: UInt32
  ) {
    self.count = Int32(count)
    self.inner = Int32(inner)
    self.channels = Int32(channels)
    self.isWide = isWide ? 1 : 0
    self.rule = rule.rawValue
    self.rounding = rounding.rawValue
    self.isPlain = isPlain ? 1 : 0
    self.weightDecay = weightDecay
    beta1 = betas.0
    beta2 = betas.1
    self.clip = clip
    self.accumulate = Int32(accumulate)
    self.seed = seed
    self.tensor = tensor
    self.slots = slots
  }

  static var required: UInt32 { 0b1111 }

  func extent(slot: Int) -> Int? {
    guard let rule = UpdateRule(rawValue: rule), UpdateRounding(rawValue: rounding) != nil, inner > 0, channels > 0,
      accumulate > 0, isWide == 0 || isWide == 1, (operand(5) != nil) == (rule != .sgd),
      (operand(6) != nil) == (rule != .sgd), (operand(7) != nil) == (rule == .adam),
      (operand(8) != nil) == (rule == .adam)
    else { return nil }
    let blocks = (Int(count) &+ Self.block &- 1) / Self.block
    return switch slot {
    case 0, 1, 2, 4, 5, 7: (Extent() * count).value
    case 3: Int(channels)
    case 6, 8: blocks > 0 ? blocks : nil
    default: nil
    }
  }

  func type(slot: Int) -> ElementType {
    switch slot {
    case 0, 1: isWide == 1 ? .i32 : .i8
    case 4, 5: .i8
    case 7: .u8
    default: .f32
    }
  }

  func writes(slot: Int) -> Bool { slot == 0 || slot >= 4 }
}

/// w ← w − rounded(rate · direction / s_w), with the low byte as fraction where there is one.
///
/// Dividing by the scale twice, once for the gradient of integers and once here, is quantization-aware scaling.
func quantizedUpdate(_ call: Call, _ context: StepContext) {
  let p = call.parameters(QuantizedUpdateParameters.self)
  let gradient = call.elements(2, Float.self).first(Int(p.count))
  WeightUpdate(call, p, context, share: p.share(of: gradient)).run(0, gradient)
}

extension QuantizedUpdateParameters {
  /// What the sum of gradients is multiplied with: the share of a micro-step, and less where the norm is clipped.
  fileprivate func share(of gradient: Elements<Float>) -> Float {
    let share = 1 / Float(accumulate)
    guard clip > 0 else { return share }
    var square: Float = 0
    for i in 0..<gradient.count { square += gradient[i] * gradient[i] }
    let norm = square.squareRoot() * share
    return norm > clip ? share * (clip / norm) : share
  }
}

/// Weights of 8 bits, or biases of 32.
private struct Weights {
  let bytes: Elements<Int8>
  let words: Elements<Int32>
  let isWide: Bool

  init(_ call: Call, _ index: Int, isWide: Bool) {
    bytes = call.elements(index)
    words = bytes.rebound()
    self.isWide = isWide
  }

  subscript(_ index: Int) -> Int64 {
    @inline(__always) get { isWide ? Int64(words[index]) : Int64(bytes[index]) }
    @inline(__always) nonmutating set {
      if isWide {
        words[index] = Int32(truncatingIfNeeded: newValue)
      } else {
        bytes[index] = Int8(truncatingIfNeeded: newValue)
      }
    }
  }
}

/// The update of a tensor, all of it or block by block.
struct WeightUpdate {
  private let p: QuantizedUpdateParameters
  private let context: StepContext
  private let new: Weights
  private let w: Weights
  private let scales: Elements<Float>
  private let low: Elements<Int8>?
  private let noise: RoundingNoise
  private let rounding: UpdateRounding
  /// Largest magnitude of a weight.
  private let limit: Int64
  private let share: Float
  private let state: OptimizerState?

  /// - Parameter share: what each gradient is multiplied with.
  init(_ call: Call, _ p: QuantizedUpdateParameters, _ context: StepContext, share: Float) {
    self.p = p
    self.context = context
    limit = p.isWide == 1 ? Int64(Int32.max) : 127
    new = Weights(call, 0, isWide: p.isWide == 1)
    w = Weights(call, 1, isWide: p.isWide == 1)
    scales = call.slot(3, p) ?? call.elements(0)
    low = call.slot(4, p)
    let key = CounterGenerator(seed: p.seed, step: context.step, tensor: p.tensor).key
    noise = RoundingNoise(key: key)
    rounding = UpdateRounding(rawValue: p.rounding) ?? .stochastic
    self.share = share
    state = OptimizerState(call, p, context, RoundingNoise(key: ~key))
  }

  /// Moves the weights from `start` on by their gradients; the optimizer's state wants whole blocks.
  func run(_ start: Int, _ gradients: Elements<Float>) {
    var reals = unsafe ck_gradients(reals: gradients.pointer, sums: nil, scale: 0, scales: nil)
    if isBuilt(.tiles), unsafe runVectors(start, gradients.count, &reals, ck_kernels()) { return }
    runPlain(start, gradients)
  }

  /// Whether it can be run by sums whose scales are those of these channels.
  func takesSums(inner: Int, channels: Int, _ table: UnsafePointer<ck_table>) -> Bool {
    unsafe p.isWide == 0 && inner == Int(p.inner) && channels == Int(p.channels)
      && (state == nil ? table.pointee.update8 != nil : table.pointee.moments8 != nil)
  }

  /// The same by the sums that gradients are made of: a gradient is sum · (scale · scales[channel]).
  func run(
    _ start: Int, _ count: Int, _ sums: Elements<Int32>, scale: Float, _ scales: Elements<Float>,
    _ table: UnsafePointer<ck_table>
  ) {
    var gradients = unsafe ck_gradients(reals: nil, sums: sums.pointer, scale: scale, scales: scales.pointer)
    _ = unsafe runVectors(start, count, &gradients, table)
  }

  /// The reference of it.
  func runPlain(_ start: Int, _ gradients: Elements<Float>) {
    let count = start &+ gradients.count
    var first = start
    while first < count {
      let end = min(first &+ QuantizedUpdateParameters.block, count)
      if isBuilt(.moments), let state {
        state.advance(first, end, { gradient($0, gradients[$0 &- start]) }, { apply($0, $1) })
      } else {
        for i in first..<end { apply(i, gradient(i, gradients[i &- start])) }
      }
      first = end
    }
  }

  /// The same, the same bits; false where there are no vectors, or a bias is too large for them.
  func runVectors(
    _ start: Int, _ count: Int, _ gradients: UnsafePointer<ck_gradients>, _ table: UnsafePointer<ck_table>
  ) -> Bool {
    var update = unsafe ck_update(
      rate: context.learningRate, share: share, decay: p.weightDecay, rounding: rounding.rawValue,
      is_plain: p.isPlain == 1 ? 1 : 0, is_wide: p.isWide, inner: p.inner, channels: p.channels, key: noise.key,
      scales: scales.pointer)
    let low = unsafe low.map { unsafe $0.pointer + start }
    let place = start &* (p.isWide == 1 ? 4 : 1)
    let (w, new) = unsafe (
      UnsafeRawPointer(w.bytes.pointer) + place, UnsafeMutableRawPointer(new.bytes.pointer) + place
    )
    if isBuilt(.moments), let state {
      guard let kernel = unsafe table.pointee.moments8 else { return false }
      var moments = unsafe state.moments
      return unsafe kernel(&moments, &update, Int32(start), Int32(count), gradients, w, new, low) != 0
    }
    guard let kernel = unsafe table.pointee.update8 else { return false }
    return unsafe kernel(&update, Int32(start), Int32(count), gradients, w, new, low) != 0
  }

  @inline(__always)
  private func scale(_ i: Int) -> Float {
    #if !hasFeature(Embedded)
      // Biases need no division; a runner rather has fewer bytes.
      if p.inner == 1 && i < Int(p.channels) { return scales[i] }
    #endif
    return scales[i / Int(p.inner) % Int(p.channels)]
  }

  /// The gradient of the dequantized weight, decay included.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  private func gradient(_ i: Int, _ g: Float) -> Float {
    let value = Float(Int32(truncatingIfNeeded: w[i])) + Float(low?[i] ?? 0) * 0x1p-8
    return g * share + p.weightDecay * value * scale(i)
  }

  /// Moves one weight against its direction; channels of scale 0 are dead and stay.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  private func apply(_ i: Int, _ direction: Float) {
    let scale = scale(i)
    guard scale > 0 else {
      new[i] = w[i]
      return
    }
    let factor = context.learningRate * (p.isPlain == 1 ? scale : 1 / scale) * (low == nil ? 1 : 256)
    let bounded = min(max(direction * factor, -0x1p29), 0x1p29)
    let move = Int64(rounding.round(bounded == bounded ? bounded : 0, noise[UInt32(truncatingIfNeeded: i)]))
    if let low {
      let value = min(max(w[i] &* 256 &+ Int64(low[i]) &- move, -256 &* limit), 256 &* limit)
      let whole = (value &+ 128) &>> 8
      new[i] = whole
      low[i] = Int8(truncatingIfNeeded: value &- whole &* 256)
    } else {
      new[i] = min(max(w[i] &- move, -limit), limit)
    }
  }
}
