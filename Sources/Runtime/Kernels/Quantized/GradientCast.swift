/// Operands: dx, dy, a second addend, mask, fold, range state. Formats as in `output`; both addends have the source's.
///
/// Each pixel of dy is shared out evenly among `spread` pixels of dx: more than one behind a mean over whole pictures.
public struct GradientCastParameters: SlottedParameters {
  public var output: GradientOutput
  public var spread: Int32
  public var slots: UInt32

  public init(output: GradientOutput, spread: Int = 1, slots: UInt32) {
    self.output = output
    self.spread = Int32(spread)
    self.slots = slots
  }

  static var required: UInt32 { 0b11 }

  func extent(slot: Int) -> Int? {
    guard output.isSane, spread > 0, output.count / output.channels % spread == 0 else { return nil }
    return switch slot {
    case 1, 2: Int(output.count / spread)
    case 0, 3: Int(output.count)
    case 4: Int(output.channels)
    case 5: 4
    default: nil
    }
  }

  func type(slot: Int) -> ElementType {
    switch slot {
    case 0: output.targetFormat.elementType
    case 1, 2: output.sourceFormat.elementType
    case 3: .bit
    default: .f32
    }
  }
}

/// dx = (dy + second) · fold where the mask is on, in another number format.
func gradientCast(_ call: Call) {
  let p = call.parameters(GradientCastParameters.self)
  switch p.output.sourceFormat {
  case .f32: if isBuilt(.gradientCast, .f32) { cast(call, p, Float.self) }
  case .q8: if isBuilt(.gradientCast, .q8) { cast(call, p, Int8.self) }
  case .q16: if isBuilt(.gradientCast, .q16) { cast(call, p, Int16.self) }
  }
}

private func cast<E: GradientElement>(_ call: Call, _ p: GradientCastParameters, _: E.Type) {
  let dy = call.gradient(1, p.output.sourceFormat, E.self)
  let second = p.operand(2).map { call.gradient($0, p.output.sourceFormat, E.self) }
  let channels = Int(p.output.channels)
  let (spread, share) = (Int(p.spread), 1 / Float(p.spread))
  func real(_ gradient: Gradient<E>, _ index: Int) -> Float {
    var sum = E.zero
    E.add(&sum, gradient.elements[index])
    return E.real(sum) * gradient.scale
  }
  var sink = GradientSink(
    call, p.output, mask: p.operand(3).map { call.bits($0) }, fold: call.slot(4, p), range: call.slot(5, p))
  sink.write { sink in
    for pixel in 0..<(Int(p.output.count) / channels) {
      let source = pixel / spread &* channels
      for c in 0..<channels {
        var value = real(dy, source &+ c)
        if let second { value += real(second, source &+ c) }
        // What pooling adds to zero has no sign where it is zero itself.
        if spread > 1 { value = 0 + value * share }
        sink.put(pixel &* channels &+ c, c, value)
      }
    }
  }
}
