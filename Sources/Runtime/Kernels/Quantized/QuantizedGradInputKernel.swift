import CKernels

/// Operands: dx, dy, weights, region weights, mask, fold, range state, scratch.
public struct QuantizedGradInputParameters: SlottedParameters {
  public var shape: ConvShape
  public var output: GradientOutput
  public var slots: UInt32

  public init(shape: ConvShape, output: GradientOutput, slots: UInt32) {
    self.shape = shape
    self.output = output
    self.slots = slots
  }

  static var required: UInt32 { 0b1000_0111 }

  func extent(slot: Int) -> Int? {
    guard output.isSane, shape.inputExtent == Int(output.count), shape.inputs == output.channels,
      output.sourceFormat.fits(products: shape.groupOutputs &* shape.window.taps)
    else { return nil }
    return switch slot {
    case 0, 4: Int(output.count)
    case 1: shape.outputExtent
    case 2: shape.weightExtent
    case 3: shape.regionExtent
    case 5: Int(output.channels)
    case 6: 4
    case 7: (Extent() * output.channels * Int32(output.sourceFormat.sumBytes)).value
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradInputType(slot, output) }
}

/// Operands: dx, dy, weights, region weights, mask, fold, range state, scratch.
public struct QuantizedDepthwiseGradInputParameters: SlottedParameters {
  public var shape: DepthwiseShape
  public var output: GradientOutput
  /// Pixels in the ring buffer of an in-place output of 8 bits: dx is written over dy that many pixels late.
  public var delay: Int32
  public var slots: UInt32

  public init(shape: DepthwiseShape, output: GradientOutput, delay: Int, slots: UInt32) {
    self.shape = shape
    self.output = output
    self.delay = Int32(delay)
    self.slots = slots
  }

  static var required: UInt32 { 0b1000_0111 }

  func extent(slot: Int) -> Int? {
    guard output.isSane, shape.inputExtent == Int(output.count), shape.channels == output.channels,
      delay == 0 || 1..<1 << 20 ~= delay && output.targetFormat == .q8,
      output.sourceFormat.fits(products: Int(shape.multiplier) &* shape.window.taps)
    else { return nil }
    return switch slot {
    case 0, 4: Int(output.count)
    case 1: shape.outputExtent
    case 2: shape.weightExtent
    case 3: shape.regionExtent
    case 5: Int(output.channels)
    case 6: 4
    case 7: (Extent() * output.channels * (Int32(output.sourceFormat.sumBytes) + delay)).value
    default: nil
    }
  }

  func type(slot: Int) -> ElementType { gradInputType(slot, output) }
}

private func gradInputType(_ slot: Int, _ output: GradientOutput) -> ElementType {
  switch slot {
  case 0: output.targetFormat.elementType
  case 1: output.sourceFormat.elementType
  case 2, 3: .i8
  case 4: .bit
  case 7: .u8
  default: .f32
  }
}

/// dx = Σ w[o]·dy[o] over the outputs and taps that read a pixel, gathered one input pixel at a time.
func quantizedGradInput(_ call: Call) {
  let p = call.parameters(QuantizedGradInputParameters.self)
  if isBuilt(.tiles), unsafe tiledGradInput(call, p, ck_kernels()) { return }
  plainQuantizedGradInput(call, p)
}

/// The reference of it.
func plainQuantizedGradInput(_ call: Call, _ p: QuantizedGradInputParameters) {
  switch p.output.sourceFormat {
  case .f32: if isBuilt(.quantizedGradInput, .f32) { gradInput(call, p, Float.self) }
  case .q8: if isBuilt(.quantizedGradInput, .q8) { gradInput(call, p, Int8.self) }
  case .q16: if isBuilt(.quantizedGradInput, .q16) { gradInput(call, p, Int16.self) }
  }
}

private func gradInput<E: GradientElement>(_ call: Call, _ p: QuantizedGradInputParameters, _: E.Type) {
  let shape = p.shape
  let dy = call.gradient(1, p.output.sourceFormat, E.self)
  let w = call.elements(2, Int8.self)
  let region = isBuilt(.regions) ? call.slot(3, p, Int8.self) : nil
  let sums = call.scratch(call.head.operands &- 1, E.Sum.self)
  let (inputs, outputs, columns) = (Int(shape.inputs), Int(shape.outputs), shape.columns)
  let (start, end) = (Int(shape.regionStart), Int(shape.regionEnd))
  let (groupInputs, groupOutputs) = (shape.groupInputs, shape.groupOutputs)
  var sink = GradientSink(call, p.output, p.slots, from: 4)
  func add(_ g: E, _ w: Elements<Int8>, _ first: Int, _ count: Int) {
    for c in 0..<count { E.add(&sums[first &+ c], g, times: Int16(w[c])) }
  }
  sink.write { sink in
    shape.window.forInputPixels { pixel, tap, reader in
      if let reader {
        for output in 0..<outputs {
          let g = dy.elements[reader &* outputs &+ output]
          if g.isZero { continue }
          let row = w.from(output &* columns &+ tap &* groupInputs)
          guard let region, shape.rows.contains(output) else {
            add(g, row, output / groupOutputs &* groupInputs, groupInputs)
            continue
          }
          add(g, row, 0, start)
          let own = (output &- Int(shape.rowStart)) &* shape.window.taps &+ tap
          add(g, region.from(own &* (end &- start)), start, end &- start)
          add(g, row.from(end), end, inputs &- end)
        }
      } else if tap == 0 {
        sums.first(inputs).fill(E.zero)
      } else {
        for c in 0..<inputs { sink.put(pixel &* inputs &+ c, c, E.real(sums[c]) * dy.scale) }
      }
    }
  }
}

/// The depthwise form of `quantizedGradInput`.
func quantizedDepthwiseGradInput(_ call: Call) {
  let p = call.parameters(QuantizedDepthwiseGradInputParameters.self)
  if isBuilt(.tiles), unsafe tiledDepthwiseGradInput(call, p, ck_kernels()) { return }
  plainQuantizedDepthwiseGradInput(call, p)
}

/// The reference of it.
func plainQuantizedDepthwiseGradInput(_ call: Call, _ p: QuantizedDepthwiseGradInputParameters) {
  switch p.output.sourceFormat {
  case .f32: if isBuilt(.quantizedDepthwiseGradInput, .f32) { depthwiseGradInput(call, p, Float.self) }
  case .q8: if isBuilt(.quantizedDepthwiseGradInput, .q8) { depthwiseGradInput(call, p, Int8.self) }
  case .q16: if isBuilt(.quantizedDepthwiseGradInput, .q16) { depthwiseGradInput(call, p, Int16.self) }
  }
}

private func depthwiseGradInput<E: GradientElement>(
  _ call: Call, _ p: QuantizedDepthwiseGradInputParameters, _: E.Type
) {
  let shape = p.shape
  let dy = call.gradient(1, p.output.sourceFormat, E.self)
  let weights = DepthwiseWeights(shape, call.elements(2), isBuilt(.regions) ? call.slot(3, p) : nil)
  let (channels, outputs, multiplier) = (Int(shape.channels), shape.outputs, Int(shape.multiplier))
  let scratch = call.head.operands &- 1
  let sums = call.scratch(scratch, E.Sum.self)
  let line: Elements<Int8> = call.elements(scratch).from(channels &* MemoryLayout<E.Sum>.stride)
  var sink = GradientSink(call, p.output, p.slots, from: 4, line: line.first(Int(p.delay) &* channels))
  sink.write { sink in
    shape.window.forInputPixels { pixel, tap, reader in
      if let reader {
        let row = dy.elements.from(reader &* outputs)
        weights.forRuns(of: tap) { first, count, w in
          for o in 0..<count {
            let c = multiplier == 1 ? first &+ o : (first &+ o) / multiplier
            E.add(&sums[c], row[first &+ o], times: Int16(w[o]))
          }
        }
      } else if tap == 0 {
        sums.first(channels).fill(E.zero)
      } else {
        for c in 0..<channels { sink.put(pixel &* channels &+ c, c, E.real(sums[c]) * dy.scale) }
      }
    }
  }
}
