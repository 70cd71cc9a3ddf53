/// Operands: q (i8), x (f32).
public struct QuantizeParameters: KernelParameters {
  public var count: Int32
  public var scale: Float
  public var zeroPoint: Int32

  public init(count: Int, scale: Float, zeroPoint: Int) {
    self.count = Int32(count)
    self.scale = scale
    self.zeroPoint = Int32(zeroPoint)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    scale > 0 && -128 <= zeroPoint && zeroPoint <= 127 && index < 2 ? (Extent() * count).value : nil
  }
  public func type(of index: Int) -> OperandType { .element(index == 0 ? .i8 : .f32) }
}

/// Rounds floats to int8.
func quantize(_ call: Call) {
  let p = call.parameters(QuantizeParameters.self)
  let q = call.elements(0, Int8.self)
  let x = call.elements(1, Float.self)
  let quantizer = Quantizer(scale: p.scale, zeroPoint: p.zeroPoint)
  for i in 0..<Int(p.count) { q[i] = quantizer.integer(x[i]) }
}

/// Operands: x (f32), q (i8 or i32), and scales where there is one for each index of an axis.
public struct DequantizeParameters: KernelParameters {
  /// Elements are `outer x channels x inner`.
  public var outer: Int32
  public var channels: Int32
  public var inner: Int32
  public var zeroPoint: Int32
  /// 1 where q is i32.
  public var isWide: Int32
  /// The one scale of the tensor; 0 where scales are an operand.
  public var scale: Float

  public init(outer: Int, channels: Int, inner: Int, zeroPoint: Int, isWide: Bool, scale: Float?) {
    self.outer = Int32(outer)
    self.channels = Int32(channels)
    self.inner = Int32(inner)
    self.zeroPoint = Int32(zeroPoint)
    self.isWide = isWide ? 1 : 0
    self.scale = scale ?? 0
  }

  public var operandCount: Int { scale == 0 ? 3 : 2 }

  public func extent(of index: Int) -> Int? {
    guard isWide == 0 || isWide == 1 else { return nil }
    return switch index {
    case 0, 1: (Extent() * outer * channels * inner).value
    case 2 where scale == 0: (Extent() * channels).value
    default: nil
    }
  }
  public func type(of index: Int) -> OperandType {
    .element(index == 1 ? (isWide == 1 ? .i32 : .i8) : .f32)
  }
}

/// x = (q − z) · s.
func dequantize(_ call: Call) {
  let p = call.parameters(DequantizeParameters.self)
  let x = call.elements(0, Float.self)
  let bytes = call.elements(1, Int8.self)
  let words = bytes.rebound(Int32.self)
  let scales: Elements<Float>? = p.scale == 0 ? call.elements(2) : nil
  var index = 0
  for _ in 0..<Int(p.outer) {
    for channel in 0..<Int(p.channels) {
      for _ in 0..<Int(p.inner) {
        let q = p.isWide == 1 ? words[index] : Int32(bytes[index])
        x[index] = Float(q &- p.zeroPoint) * (scales?[channel] ?? p.scale)
        index &+= 1
      }
    }
  }
}
