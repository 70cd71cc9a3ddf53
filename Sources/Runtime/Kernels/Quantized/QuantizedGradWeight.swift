/// Operands: dw (f32), x, dy, scale of each output (s_x / s_w), scratch.
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

  static var required: UInt32 { 0b1_1111 }
  var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard GradientFormat(rawValue: source) != nil, -128 <= inputZero, inputZero <= 127, !shape.hasRegion else {
      return nil
    }
    return switch slot {
    case 0: shape.weightExtent
    case 1: shape.inputExtent
    case 2: shape.outputExtent
    case 3: (Extent() * shape.outputs).value
    case 4: shape.integerScratch(tiles: 1, sums: 1)
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradWeightType(slot, sourceFormat) }
}

func gradWeightType(_ slot: Int, _ source: GradientFormat) -> ElementType {
  switch slot {
  case 1: .i8
  case 2: source.elementType
  case 4: .u8
  default: .f32
  }
}

/// dw[o] = (s_x / s_w[o]) · Σ (x − z_x)·dy[o] over the pixels, a few outputs at a time.
func quantizedGradWeight(_ call: Call) {
  let p = call.parameters(QuantizedGradWeightParameters.self)
  switch p.sourceFormat {
  case .f32: if isBuilt(.quantizedGradWeight, .f32) { gradWeight(call, p, Float.self) }
  case .q8: if isBuilt(.quantizedGradWeight, .q8) { gradWeight(call, p, Int8.self) }
  case .q16: if isBuilt(.quantizedGradWeight, .q16) { gradWeight(call, p, Int16.self) }
  }
}

private func gradWeight<E: GradientElement>(_ call: Call, _ p: QuantizedGradWeightParameters, _: E.Type) {
  let shape = p.shape
  let dw = call.elements(0, Float.self)
  let x = call.elements(1, Int8.self)
  let dy = call.gradient(2, p.sourceFormat, E.self)
  let scales = call.elements(3, Float.self)
  let (columns, outputs) = (shape.columns, Int(shape.outputs))
  // Half of the scratch holds sums, the other half unfolded pixels; the sums stand first, aligned.
  let bytes = call.scratch(call.head.operands &- 1, UInt8.self).count
  let block = max(1, min(shape.groupOutputs, bytes / 2 / (8 &* columns)))
  let sums = call.scratch(call.head.operands &- 1, E.Sum.self)
  let tile = call.scratch(call.head.operands &- 1, Int16.self).from(4 &* block &* columns)
  for first in stride(from: 0, to: outputs, by: 1) where startsBlock(first, block, shape.groupOutputs) {
    let group = first / shape.groupOutputs
    let count = min(block, (group &+ 1) &* shape.groupOutputs &- first)
    sums.first(count &* columns).fill(E.zero)
    shape.forTiles(tile.count) { firstPixel, pixels in
      shape.unfold(x, zeroPoint: p.inputZero, into: tile, firstPixel, pixels, group: group)
      for pixel in 0..<pixels {
        let row = tile.from(pixel &* columns)
        for o in 0..<count {
          let g = dy.elements[(firstPixel &+ pixel) &* outputs &+ first &+ o]
          if g.isZero { continue }
          let sum = sums.from(o &* columns)
          for k in 0..<columns { E.add(&sum[k], g, times: row[k]) }
        }
      }
    }
    for o in 0..<count {
      let scale = dy.scale * scales[first &+ o]
      for k in 0..<columns { dw[(first &+ o) &* columns &+ k] = E.real(sums[o &* columns &+ k]) * scale }
    }
  }
}

/// Whether a block of outputs begins here; blocks do not cross groups.
private func startsBlock(_ output: Int, _ block: Int, _ groupOutputs: Int) -> Bool {
  output % groupOutputs % block == 0
}

/// Operands: dw (f32), x, dy, scale of each output (s_x / s_w), scratch.
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

  static var required: UInt32 { 0b1_1111 }
  var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard GradientFormat(rawValue: source) != nil, -128 <= inputZero, inputZero <= 127, !shape.hasRegion,
      let outputs = shape.biasExtent, start >= 0, channels > 0, Int(start) &+ outputs <= Int(channels)
    else { return nil }
    return switch slot {
    case 0: shape.weightExtent
    case 1: shape.inputExtent
    case 2: shape.window.outputExtent(channels)
    case 3: outputs
    case 4: (Extent() * 8 * Int32(outputs) * shape.window.kernelHeight * shape.window.kernelWidth).value
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradWeightType(slot, sourceFormat) }
}

/// The depthwise form of `quantizedGradWeight`.
func quantizedDepthwiseGradWeight(_ call: Call) {
  let p = call.parameters(QuantizedDepthwiseGradWeightParameters.self)
  switch p.sourceFormat {
  case .f32: if isBuilt(.quantizedDepthwiseGradWeight, .f32) { depthwiseGradWeight(call, p, Float.self) }
  case .q8: if isBuilt(.quantizedDepthwiseGradWeight, .q8) { depthwiseGradWeight(call, p, Int8.self) }
  case .q16: if isBuilt(.quantizedDepthwiseGradWeight, .q16) { depthwiseGradWeight(call, p, Int16.self) }
  }
}

private func depthwiseGradWeight<E: GradientElement>(
  _ call: Call, _ p: QuantizedDepthwiseGradWeightParameters, _: E.Type
) {
  let shape = p.shape
  let dw = call.elements(0, Float.self)
  let x = call.elements(1, Int8.self)
  let dy = call.gradient(2, p.sourceFormat, E.self)
  let scales = call.elements(3, Float.self)
  let sums = call.scratch(call.head.operands &- 1, E.Sum.self)
  let (channels, outputs, multiplier) = (Int(shape.channels), shape.outputs, Int(shape.multiplier))
  let zero = Int16(truncatingIfNeeded: p.inputZero)
  let count = shape.window.taps &* outputs
  sums.first(count).fill(E.zero)
  shape.window.forOutputPixels { pixel, tap, source in
    guard let source else { return }
    let row = dy.elements.from(pixel &* Int(p.channels) &+ Int(p.start))
    for o in 0..<outputs {
      let c = multiplier == 1 ? o : o / multiplier
      E.add(&sums[tap &* outputs &+ o], row[o], times: Int16(x[source &* channels &+ c]) &- zero)
    }
  }
  for index in 0..<count { dw[index] = E.real(sums[index]) * (dy.scale * scales[index % outputs]) }
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

  static var required: UInt32 { 0b1111 }
  var sourceFormat: GradientFormat { GradientFormat(rawValue: source) ?? .f32 }

  func extent(slot: Int) -> Int? {
    guard GradientFormat(rawValue: source) != nil else { return nil }
    return switch slot {
    case 0, 2: (Extent() * channels).value
    case 1: (Extent() * pixels * channels).value
    case 3: (Extent() * channels * 8).value
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
  sums.first(channels).fill(E.zero)
  for pixel in 0..<Int(p.pixels) {
    let row = dy.elements.from(pixel &* channels)
    for c in 0..<channels { E.add(&sums[c], row[c]) }
  }
  for c in 0..<channels { db[c] = E.real(sums[c]) * (dy.scale * scales[c]) }
}
