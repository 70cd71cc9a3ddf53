import CKernels

/// Operands: new w, w, scales and state of the optimizer as for `QuantizedUpdateParameters`, whose gradient is left
/// out; then x, dy, scale of each output as for the gradient; then scratch.
///
/// Fused weight gradient and update: a tile of the gradient is computed and used, then the next, so that it is never
/// there as a whole. Lv et al., Full Parameter Fine-tuning for Large Language Models with Limited Resources, do so
/// tensor by tensor.
public struct GradWeightUpdateParameters<Gradient: PartialGradWeight>: SlottedParameters {
  public var gradient: Gradient
  public var update: QuantizedUpdateParameters
  /// Elements of a part, the last ones excepted: whole rows of the gradient.
  public var part: Int32

  /// - Parameter update: with the slots of the row.
  public init(gradient: Gradient, update: QuantizedUpdateParameters, part: Int) {
    self.gradient = gradient
    self.update = update
    self.part = Int32(part)
  }

  static var required: UInt32 { 0b1_1110_0000_1011 }
  static var inputSlot: Int { 9 }
  static var scratchSlot: Int { 12 }

  var slots: UInt32 { update.slots }
  var inputOperand: Int { operand(Self.inputSlot) ?? 0 }

  func extent(slot: Int) -> Int? {
    guard update.isWide == 0, update.clip == 0, update.accumulate == 1, update.slots & 0b100 == 0,
      gradient.extent(of: 0) == Int(update.count), gradient.isPart(Int(part), multipleOf: update.partUnit)
    else { return nil }
    return switch slot {
    case 0..<Self.inputSlot: update.extent(slot: slot)
    case Self.scratchSlot: gradient.scratchExtent(part: part)
    default: gradient.extent(of: slot &- Self.inputSlot &+ 1)
    }
  }

  func type(slot: Int) -> ElementType {
    switch slot {
    case 0..<Self.inputSlot: update.type(slot: slot)
    case Self.scratchSlot: .u8
    default: gradWeightType(slot &- Self.inputSlot &+ 1, gradient.sourceFormat)
    }
  }

  func writes(slot: Int) -> Bool { slot < Self.inputSlot ? update.writes(slot: slot) : slot == Self.scratchSlot }
}

/// A weight gradient that can be computed tile by tile.
public protocol PartialGradWeight: KernelParameters {
  var sourceFormat: GradientFormat { get }
  /// Whether parts of so many elements consist of whole rows and end at multiples of `unit`, or with the tensor.
  func isPart(_ elements: Int, multipleOf unit: Int) -> Bool
  /// Bytes of scratch that parts of so many elements take at least: sums of 8 bytes and the gradients made of them.
  func scratchExtent(part: Int32) -> Int?
}

extension QuantizedUpdateParameters {
  /// A part of a gradient ends where a block of optimizer state does.
  public var partUnit: Int { rule == UpdateRule.sgd.rawValue ? 1 : Self.block }
}

extension QuantizedGradWeightParameters: PartialGradWeight {
  public func isPart(_ elements: Int, multipleOf unit: Int) -> Bool {
    guard let count = shape.gradientExtent, elements > 0, elements % shape.columns == 0 else { return false }
    // Parts do not cross groups.
    guard shape.groups == 1 || shape.groupOutputs &* shape.columns % unit == 0 else { return false }
    return elements % unit == 0 || elements >= count
  }

  public func scratchExtent(part: Int32) -> Int? {
    guard shape.weightExtent != nil else { return nil }
    return (Extent() * part * 12 + Extent() * Int32(shape.columns) * 4).value
  }
}

extension QuantizedDepthwiseGradWeightParameters: PartialGradWeight {
  public func isPart(_ elements: Int, multipleOf unit: Int) -> Bool {
    guard let count = shape.weightExtent, elements > 0, elements % shape.outputs == 0 else { return false }
    return elements % unit == 0 || elements >= count
  }

  public func scratchExtent(part: Int32) -> Int? { (Extent() * part * 12).value }
}

extension Call {
  /// Where the sums of a part go, and its gradient.
  func part<Sum: BitwiseCopyable>(_ elements: Int, _: Sum.Type) -> (sums: Elements<Sum>, dw: Elements<Float>) {
    let last = head.operands &- 1
    return (scratch(last, Sum.self), scratch(last, Float.self).from(2 &* elements).first(elements))
  }
}

/// What takes a gradient part by part.
protocol GradientTaker {
  /// Whether it takes the sums of 8-bit gradients as they are, of so many channels whose elements lie `inner` apart.
  func takesSums(inner: Int, channels: Int) -> Bool
  mutating func take<E: GradientElement>(_ part: GradientPart<E>)
}

extension WeightUpdate: GradientTaker {
  func takesSums(inner: Int, channels: Int) -> Bool {
    unsafe isBuilt(.tiles) && takesSums(inner: inner, channels: channels, ck_kernels())
  }

  func take<E: GradientElement>(_ part: GradientPart<E>) {
    guard E.hasNarrowSum, !part.addsUp, takesSums(inner: part.inner, channels: part.channels) else {
      return run(part.first, part.stored())
    }
    unsafe run(
      part.first, part.reals.count, part.sums.rebound(), scale: part.scale, part.scales, ck_kernels())
  }
}

/// Fused dw and update of a convolution's weight, a tile of outputs at a time.
func gradWeightUpdate(_ call: Call, _ context: StepContext) {
  let p = call.parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self)
  var update = WeightUpdate(call, p.update, context, share: 1)
  if isBuilt(.tiles), let tiles = unsafe TiledGradWeightUpdate(call, p, update, ck_kernels()) { return tiles.run() }
  forGradWeightParts(call, p, &update)
}

/// dw of a convolution in parts.
func forGradWeightParts<T: GradientTaker>(
  _ call: Call, _ p: GradWeightUpdateParameters<QuantizedGradWeightParameters>, _ taker: inout T
) {
  switch p.gradient.sourceFormat {
  case .f32: if isBuilt(.gradWeightUpdate, .f32) { convParts(call, p, Float.self, &taker) }
  case .q8: if isBuilt(.gradWeightUpdate, .q8) { convParts(call, p, Int8.self, &taker) }
  case .q16: if isBuilt(.gradWeightUpdate, .q16) { convParts(call, p, Int16.self, &taker) }
  }
}

private func convParts<E: GradientElement, T: GradientTaker>(
  _ call: Call, _ p: GradWeightUpdateParameters<QuantizedGradWeightParameters>, _: E.Type, _ taker: inout T
) {
  let part = Int(p.part)
  let (sums, dw) = call.part(part, E.Sum.self)
  let block = GradWeightBlock<E>(
    call, p.gradient, input: p.inputOperand, sums: sums,
    tile: call.scratch(call.head.operands &- 1, Int16.self).from(6 &* part))
  let columns = p.gradient.shape.columns
  block.forEach(part / columns, { _, outputs in dw.first(outputs &* columns) }) { taker.take($0) }
}

/// The depthwise form of `gradWeightUpdate`, a tile of taps at a time.
func depthwiseGradWeightUpdate(_ call: Call, _ context: StepContext) {
  let p = call.parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self)
  var update = WeightUpdate(call, p.update, context, share: 1)
  forGradWeightParts(call, p, &update)
}

/// dw of a depthwise convolution in parts.
func forGradWeightParts<T: GradientTaker>(
  _ call: Call, _ p: GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>, _ taker: inout T
) {
  switch p.gradient.sourceFormat {
  case .f32: if isBuilt(.depthwiseGradWeightUpdate, .f32) { depthwiseParts(call, p, Float.self, &taker) }
  case .q8: if isBuilt(.depthwiseGradWeightUpdate, .q8) { depthwiseParts(call, p, Int8.self, &taker) }
  case .q16: if isBuilt(.depthwiseGradWeightUpdate, .q16) { depthwiseParts(call, p, Int16.self, &taker) }
  }
}

private func depthwiseParts<E: GradientElement, T: GradientTaker>(
  _ call: Call, _ p: GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>, _: E.Type, _ taker: inout T
) {
  let part = Int(p.part)
  let shape = p.gradient.shape
  let (outputs, taps) = (shape.outputs, shape.window.taps)
  var (sums, dw) = call.part(part, E.Sum.self)
  var step = part / outputs
  if E.hasNarrowSum, shape.window.outputPixels <= safeProducts, taker.takesSums(inner: 1, channels: outputs) {
    // Sums alone leave room for those of more taps; no gradient is stored then.
    dw = call.scratch(call.head.operands &- 1, Float.self)
    step = max(dw.count / outputs / step, 1) &* step
  }
  for first in stride(from: 0, to: taps, by: step) {
    let elements = dw.first(min(step, taps &- first) &* outputs)
    taker.take(
      depthwiseGradWeight(call, p.gradient, input: p.inputOperand, from: first, sums, elements, E.self))
  }
}

#if !hasFeature(Embedded)
  private struct GradientNumbers: GradientTaker {
    var all: [Float] = []

    func takesSums(inner: Int, channels: Int) -> Bool { false }

    mutating func take<E: GradientElement>(_ part: GradientPart<E>) {
      let numbers = part.stored()
      for i in 0..<numbers.count { all.append(numbers[i]) }
    }
  }

  extension Call {
    /// The gradient with which an operation of gradient and update would change its weight, or of gradient and sum the
    /// sum; nil for other operations.
    public func fusedGradient(_ opcode: OpCode) -> [Float]? {
      var gradient = GradientNumbers()
      switch opcode {
      case .gradWeightUpdate:
        forGradWeightParts(
          self, parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self), &gradient)
      case .depthwiseGradWeightUpdate:
        forGradWeightParts(
          self, parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self), &gradient)
      case .quantizedGradWeight where parameters(QuantizedGradWeightParameters.self).operand(4) != nil:
        return summand(quantizedGradWeight)
      case .quantizedDepthwiseGradWeight
      where parameters(QuantizedDepthwiseGradWeightParameters.self).operand(4) != nil:
        return summand(quantizedDepthwiseGradWeight)
      default: return nil
      }
      return gradient.all
    }

    /// What a kernel writes in the first micro-step of a window; the sum stays as it is.
    private func summand(_ kernel: (Call, StepContext) -> Void) -> [Float] {
      let sum = elements(0, Float.self).first(Int(tensor(0).count))
      let before = (0..<sum.count).map { sum[$0] }
      defer { for index in before.indices { sum[index] = before[index] } }
      kernel(self, StepContext())
      return (0..<sum.count).map { sum[$0] }
    }
  }
#endif
