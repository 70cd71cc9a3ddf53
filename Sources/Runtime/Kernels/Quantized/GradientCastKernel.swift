import CKernels

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
  if isBuilt(.tiles), unsafe tiledGradientCast(call, p, ck_kernels()) { return }
  plainGradientCast(call, p)
}

/// The reference of it.
func plainGradientCast(_ call: Call, _ p: GradientCastParameters) {
  let dy = GradientValues(call, 1, p.output.sourceFormat)
  let second = p.operand(2).map { GradientValues(call, $0, p.output.sourceFormat) }
  let channels = Int(p.output.channels)
  let (spread, share) = (Int(p.spread), 1 / Float(p.spread))
  var sink = GradientSink(call, p.output, p.slots, from: 3)
  sink.write { sink in
    for pixel in 0..<(Int(p.output.count) / channels) {
      let source = pixel / spread &* channels
      for c in 0..<channels {
        var value = dy[source &+ c]
        if let second { value += second[source &+ c] }
        // What pooling adds to zero has no sign where it is zero itself.
        if spread > 1 { value = 0 + value * share }
        sink.put(pixel &* channels &+ c, c, value)
      }
    }
  }
}

/// The elements of a gradient of any format, in real units.
private struct GradientValues {
  private let format: GradientFormat
  private let floats: Elements<Float>
  private let bytes: Elements<Int8>
  private let words: Elements<Int16>
  private let scale: Float

  init(_ call: Call, _ index: Int, _ format: GradientFormat) {
    self.format = format
    bytes = call.elements(index)
    floats = bytes.rebound()
    words = bytes.rebound()
    scale = call.gradientScale(index, format)
  }

  subscript(_ index: Int) -> Float {
    @inline(__always) get {
      switch format {
      // Added to zero, which takes the sign from a zero.
      case .f32: isBuilt(.gradientCast, .f32) ? 0 + floats[index] : 0
      case .q8: isBuilt(.gradientCast, .q8) ? Float(bytes[index]) * scale : 0
      case .q16: isBuilt(.gradientCast, .q16) ? Float(words[index]) * scale : 0
      }
    }
  }
}
