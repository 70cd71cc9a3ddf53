/// Operands: y, x. The mean over the whole picture.
public struct QuantizedPoolParameters: KernelParameters {
  public var batch: Int32
  public var pixels: Int32
  public var channels: Int32
  public var inputZero: Int32
  /// s_x / (s_y · pixels).
  public var factor: FixedPoint
  public var output: OutputRange

  public init(batch: Int, pixels: Int, channels: Int, inputZero: Int, factor: FixedPoint, output: OutputRange) {
    self.batch = Int32(batch)
    self.pixels = Int32(pixels)
    self.channels = Int32(channels)
    self.inputZero = Int32(inputZero)
    self.factor = factor
    self.output = output
  }

  public func extent(of index: Int) -> Int? {
    // 2²³ pixels of 8 bits fit a 32-bit sum.
    guard output.isSane, abs(Int(inputZero)) <= 128, factor.shift > 0, factor.shift < 63, pixels < 1 << 23 else {
      return nil
    }
    return switch index {
    case 0: (Extent() * batch * channels).value
    case 1: (Extent() * batch * pixels * channels).value
    default: nil
    }
  }
  public func type(of index: Int) -> OperandType { .element(.i8) }
}

/// y = clamp(z_y + rnd(M · Σ (x − z_x))).
func quantizedPool(_ call: Call) {
  let p = call.parameters(QuantizedPoolParameters.self)
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let (channels, pixels) = (Int(p.channels), Int(p.pixels))
  for picture in 0..<Int(p.batch) {
    for c in 0..<channels {
      var sum: Int32 = 0
      for pixel in 0..<pixels {
        sum &+= Int32(x[(picture &* pixels &+ pixel) &* channels &+ c]) &- p.inputZero
      }
      y[picture &* channels &+ c] = p.output.clamp(p.factor.scale(sum))
    }
  }
}
