import CKernels

/// Operands: dw (f32), x, dy, scale of each output (s_x / s_w), [the sum of gradients so far, over which dw is
/// written], scratch.
public struct QuantizedGradWeightParameters: SlottedParameters {
  public var shape: ConvShape
  public var inputZero: Int32
  /// Raw value of `GradientFormat`.
  public var source: Int32
  public var slots: UInt32

  public init(shape: ConvShape, inputZero: Int, source: GradientFormat, slots: UInt32) {
    self.shape = shape
    self.inputZero = Int32(inputZero)
    self.source = source.rawValue
    self.slots = slots
  }

  static var required: UInt32 { 0b10_1111 }
  public var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard GradientFormat(rawValue: source) != nil, -128 <= inputZero, inputZero <= 127, !shape.hasRegion else {
      return nil
    }
    return switch slot {
    case 0: shape.gradientExtent
    case 1: shape.inputExtent
    case 2: shape.outputExtent
    case 3: (Extent() * (shape.rowEnd &- shape.rowStart)).value
    case 4: shape.gradientExtent
    case 5: shape.integerScratch(tiles: 1, sums: 1)
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradWeightType(slot, sourceFormat) }
}

func gradWeightType(_ slot: Int, _ source: GradientFormat) -> ElementType {
  switch slot {
  case 1: .i8
  case 2: source.elementType
  case 5: .u8
  default: .f32
  }
}

extension SlottedParameters {
  /// Whether a gradient is added to what stands where it is written: the sum of the micro-steps before.
  fileprivate func addsUp(_ context: StepContext) -> Bool { operand(4) != nil && !context.isFirstMicroStep }
}

/// Integer weight gradient: dw[o] = (s_x / s_w[o]) · Σ (x − z_x)·dy[o] over the pixels, a block of outputs at a time.
func quantizedGradWeight(_ call: Call, _ context: StepContext) {
  let p = call.parameters(QuantizedGradWeightParameters.self)
  let addsUp = p.addsUp(context)
  switch p.sourceFormat {
  case .f32: if isBuilt(.quantizedGradWeight, .f32) { gradWeight(call, p, addsUp, Float.self) }
  case .q8: if isBuilt(.quantizedGradWeight, .q8) { gradWeight(call, p, addsUp, Int8.self) }
  case .q16: if isBuilt(.quantizedGradWeight, .q16) { gradWeight(call, p, addsUp, Int16.self) }
  }
}

private func gradWeight<E: GradientElement>(
  _ call: Call, _ p: QuantizedGradWeightParameters, _ addsUp: Bool, _: E.Type
) {
  let columns = p.shape.columns
  // Half of the scratch holds accumulators, the other half im2col rows; the accumulators come first, aligned.
  let scratch = call.head.operands &- 1
  let outputs = max(1, min(p.shape.groupOutputs, call.scratch(scratch, UInt8.self).count / 2 / (8 &* columns)))
  let block = GradWeightBlock<E>(
    call, p, input: 1, sums: call.scratch(scratch, E.Sum.self),
    tile: call.scratch(scratch, Int16.self).from(4 &* outputs &* columns))
  let dw = call.elements(0, Float.self)
  block.forEach(outputs, addsUp: addsUp, { dw.from($0 &* columns).first($1 &* columns) }) { $0.stored() }
}

/// What a few rows of the gradient of a convolution's weight are computed from and with.
struct GradWeightBlock<E: GradientElement> {
  private let p: QuantizedGradWeightParameters
  private let x: Elements<Int8>
  private let dy: Gradient<E>
  private let scales: Elements<Float>
  private let sums: Elements<E.Sum>
  private let tile: Elements<Int16>

  /// - Parameters:
  ///   - input: operand that is x; dy and the scales follow it.
  ///   - tile: room for two im2col rows or more.
  init(
    _ call: Call, _ p: QuantizedGradWeightParameters, input: Int, sums: Elements<E.Sum>, tile: Elements<Int16>
  ) {
    self.p = p
    x = call.elements(input)
    dy = call.gradient(input &+ 1, p.sourceFormat, E.self)
    scales = call.elements(input &+ 2)
    self.sums = sums
    self.tile = tile
  }

  /// Computes `block` rows of the gradient at a time, those of one group: `target(first row, rows)` says where there is
  /// room for them, `use` takes them.
  @inline(__always)
  func forEach(
    _ block: Int, addsUp: Bool = false, _ target: (Int, Int) -> Elements<Float>, _ use: (GradientPart<E>) -> Void
  ) {
    let group = p.shape.groupOutputs
    let rows = p.shape.rows.count
    let end = p.shape.window.outputPixels
    for first in stride(from: 0, to: rows, by: 1) where startsBlock(first, block, group) {
      let count = min(block, min(rows, (first / group &+ 1) &* group) &- first)
      var part = GradientPart<E>(
        first: first &* p.shape.columns, sums: sums, scale: dy.scale, scales: scales, inner: p.shape.columns,
        channels: rows, reals: target(first, count), addsUp: addsUp)
      // As many pixels at a time as a sum holds.
      let step = isBuilt(.longSums) && E.hasNarrowSum ? safeProducts : end
      var pixel = 0
      while isBuilt(.longSums) && end &- pixel > step {
        sum(first, count, group: first / group, pixel..<pixel &+ step)
        part.goOn()
        pixel &+= step
      }
      sum(first, count, group: first / group, pixel..<end)
      use(part)
    }
  }

  @inline(never)
  private func sum(_ first: Int, _ count: Int, group: Int, _ pixels: Range<Int>) {
    let columns = p.shape.columns
    let outputs = Int(p.shape.outputs)
    let output = Int(p.shape.rowStart) &+ first
    if isBuilt(.tiles), E.hasNarrowSum,
      let tiles = unsafe TiledGradWeight(
        p.shape, x, zero: p.inputZero, dy.elements.rebound(), scratch: tile, ck_kernels()),
      tiles.sum(output, count, group: group, pixels, into: sums.rebound())
    {
      return
    }
    sums.first(count &* columns).fill(E.zero)
    p.shape.forTiles(tile.count, of: pixels) { firstPixel, pixels in
      p.shape.im2col(x, zeroPoint: p.inputZero, into: tile, firstPixel, pixels, group: group)
      for pixel in 0..<pixels {
        let row = tile.from(pixel &* columns)
        for o in 0..<count {
          let g = dy.elements[(firstPixel &+ pixel) &* outputs &+ output &+ o]
          if g.isZero { continue }
          let sum = sums.from(o &* columns)
          for k in 0..<columns { E.add(&sum[k], g, times: row[k]) }
        }
      }
    }
  }
}

/// Whether a block of outputs begins here; blocks do not cross groups.
private func startsBlock(_ output: Int, _ block: Int, _ groupOutputs: Int) -> Bool {
  output % groupOutputs % block == 0
}

/// Operands: dw (f32), x, dy, scale of each output (s_x / s_w), [the sum of gradients so far, over which dw is
/// written], scratch.
///
/// x may be the channels from `start` on of what the forward pass read.
public struct QuantizedDepthwiseGradWeightParameters: SlottedParameters {
  /// Shape for the channels of x.
  public var shape: DepthwiseShape
  /// Channels of dy, and the first one that belongs to x.
  public var channels: Int32
  public var start: Int32
  public var inputZero: Int32
  public var source: Int32
  public var slots: UInt32

  public init(
    shape: DepthwiseShape, channels: Int, start: Int, inputZero: Int, source: GradientFormat, slots: UInt32
  ) {
    self.shape = shape
    self.channels = Int32(channels)
    self.start = Int32(start)
    self.inputZero = Int32(inputZero)
    self.source = source.rawValue
    self.slots = slots
  }

  static var required: UInt32 { 0b10_1111 }
  public var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard GradientFormat(rawValue: source) != nil, -128 <= inputZero, inputZero <= 127, !shape.hasRegion,
      let outputs = shape.biasExtent, start >= 0, start <= channels, outputs <= Int(channels &- start)
    else { return nil }
    return switch slot {
    case 0: shape.weightExtent
    case 1: shape.inputExtent
    case 2: shape.window.outputExtent(channels)
    case 3: outputs
    case 4: shape.weightExtent
    case 5:
      (Extent() * Int32(sourceFormat.sumBytes) * Int32(outputs) * shape.window.kernelHeight
        * shape.window.kernelWidth).value
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradWeightType(slot, sourceFormat) }
}

/// The depthwise form of `quantizedGradWeight`.
func quantizedDepthwiseGradWeight(_ call: Call, _ context: StepContext) {
  let p = call.parameters(QuantizedDepthwiseGradWeightParameters.self)
  let addsUp = p.addsUp(context)
  switch p.sourceFormat {
  case .f32: if isBuilt(.quantizedDepthwiseGradWeight, .f32) { depthwiseGradWeight(call, p, addsUp, Float.self) }
  case .q8: if isBuilt(.quantizedDepthwiseGradWeight, .q8) { depthwiseGradWeight(call, p, addsUp, Int8.self) }
  case .q16: if isBuilt(.quantizedDepthwiseGradWeight, .q16) { depthwiseGradWeight(call, p, addsUp, Int16.self) }
  }
}

private func depthwiseGradWeight<E: GradientElement>(
  _ call: Call, _ p: QuantizedDepthwiseGradWeightParameters, _ addsUp: Bool, _: E.Type
) {
  let sums = call.scratch(call.head.operands &- 1, E.Sum.self)
  let dw = call.elements(0, Float.self).first(p.shape.window.taps &* p.shape.outputs)
  depthwiseGradWeight(call, p, input: 1, from: 0, sums, dw, addsUp: addsUp, E.self).stored()
}

/// The gradients of as many taps from `first` on as `dw` holds, not stored yet.
///
/// - Parameter input: operand that is x; dy and the scales follow it.
@inline(never)
func depthwiseGradWeight<E: GradientElement>(
  _ call: Call, _ p: QuantizedDepthwiseGradWeightParameters, input: Int, from first: Int, _ sums: Elements<E.Sum>,
  _ dw: Elements<Float>, addsUp: Bool = false, _: E.Type
) -> GradientPart<E> {
  let shape = p.shape
  let x = call.elements(input, Int8.self)
  let dy = call.gradient(input &+ 1, p.sourceFormat, E.self)
  let scales = call.elements(input &+ 2, Float.self)
  let (channels, outputs, multiplier) = (Int(shape.channels), shape.outputs, Int(shape.multiplier))
  let zero = Int16(truncatingIfNeeded: p.inputZero)
  let taps = first..<first &+ dw.count / outputs
  let isTiled =
    unsafe isBuilt(.tiles) && E.hasNarrowSum && p.shape.isTiled
    && ck_kernels().pointee.depthwise8_dw != nil
  var part = GradientPart<E>(
    first: first &* outputs, sums: sums, scale: dy.scale, scales: scales, inner: 1, channels: outputs, reals: dw,
    addsUp: addsUp)
  sums.first(dw.count).fill(E.zero)
  let end = shape.window.outputPixels
  if isTiled {
    let sum = unsafe TiledDepthwiseGradWeight(
      shape: shape, x: x, zero: p.inputZero, dy: dy.elements.rebound(), channels: p.channels, start: p.start,
      sums: sums.rebound(), kernels: ck_kernels())
    for pixel in stride(from: 0, to: end, by: safeProducts) {
      if pixel > 0 { part.goOn() }
      sum.add(pixel..<min(pixel &+ safeProducts, end), taps)
    }
    return part
  }
  shape.window.forOutputPixels { pixel, tap, source in
    // As many pixels at a time as a sum holds.
    if isBuilt(.longSums), E.hasNarrowSum, source == nil, tap == 0, pixel > 0, pixel % safeProducts == 0 {
      part.goOn()
    }
    guard let source, taps.contains(tap) else { return }
    let row = dy.elements.from(pixel &* Int(p.channels) &+ Int(p.start))
    let sum = sums.from((tap &- first) &* outputs)
    for o in 0..<outputs {
      let c = multiplier == 1 ? o : o / multiplier
      E.add(&sum[o], row[o], times: Int16(x[source &* channels &+ c]) &- zero)
    }
  }
  return part
}

/// Operands: db (f32), dy, scale of each channel (1 / s_w), scratch.
public struct QuantizedGradBiasParameters: SlottedParameters {
  public var pixels: Int32
  public var channels: Int32
  public var source: Int32
  public var slots: UInt32

  public init(pixels: Int, channels: Int, source: GradientFormat, slots: UInt32) {
    self.pixels = Int32(pixels)
    self.channels = Int32(channels)
    self.source = source.rawValue
    self.slots = slots
  }

  /// Gradients of 8 bits whose sum fits 32 bits.
  public static var mostPixels: Int { 1 << 24 }
  static var required: UInt32 { 0b1111 }
  var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard let format = GradientFormat(rawValue: source), format != .q8 || pixels <= Self.mostPixels else { return nil }
    return switch slot {
    case 0, 2: (Extent() * channels).value
    case 1: (Extent() * pixels * channels).value
    case 3: (Extent() * channels * Int32(sourceFormat.sumBytes)).value
    default: nil
    }
  }

  func type(slot: Int) -> ElementType {
    switch slot {
    case 1: sourceFormat.elementType
    case 3: .u8
    default: .f32
    }
  }
}

/// db[o] = Σ dy[·,o] / s_w[o].
func quantizedGradBias(_ call: Call) {
  let p = call.parameters(QuantizedGradBiasParameters.self)
  switch p.sourceFormat {
  case .f32: if isBuilt(.quantizedGradBias, .f32) { gradBias(call, p, Float.self) }
  case .q8: if isBuilt(.quantizedGradBias, .q8) { gradBias(call, p, Int8.self) }
  case .q16: if isBuilt(.quantizedGradBias, .q16) { gradBias(call, p, Int16.self) }
  }
}

private func gradBias<E: GradientElement>(_ call: Call, _ p: QuantizedGradBiasParameters, _: E.Type) {
  let db = call.elements(0, Float.self)
  let dy = call.gradient(1, p.sourceFormat, E.self)
  let scales = call.elements(2, Float.self)
  let sums = call.scratch(3, E.Sum.self)
  let channels = Int(p.channels)
  if isBuilt(.tiles), E.hasNarrowSum, let kernel = unsafe ck_kernels().pointee.sums8 {
    unsafe kernel(
      p.pixels, p.channels, dy.elements.rebound(Int8.self).pointer, sums.rebound(Int32.self).pointer)
  } else {
    sums.first(channels).fill(E.zero)
    for pixel in 0..<Int(p.pixels) {
      let row = dy.elements.from(pixel &* channels)
      for c in 0..<channels { E.add(&sums[c], row[c]) }
    }
  }
  for c in 0..<channels { db[c] = E.real(sums[c]) * (dy.scale * scales[c]) }
}
