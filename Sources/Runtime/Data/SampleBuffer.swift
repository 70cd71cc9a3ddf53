/// Where samples are written: floats, or int8 under the one scale that the network reads its input with.
///
/// A network whose first step would be rounding its input takes integers: a quarter of the bytes, and the same values.
public struct SampleBuffer {
  let floats: Elements<Float>?
  let integers: Elements<Int8>?
  let quantizer: Quantizer
  public let count: Int

  public init(_ floats: Elements<Float>) {
    self.floats = floats
    integers = nil
    quantizer = Quantizer(scale: 1, zeroPoint: 0)
    count = floats.count
  }

  init(_ integers: Elements<Int8>, _ quantizer: Quantizer) {
    floats = nil
    self.integers = integers
    self.quantizer = quantizer
    count = integers.count
  }

  /// An element in real units.
  public subscript(index: Int) -> Float {
    @inline(__always) get { floats?[index] ?? integers.map { quantizer.real($0[index]) } ?? 0 }
    @inline(__always) nonmutating set {
      if let integers { integers[index] = quantizer.integer(newValue) } else { floats?[index] = newValue }
    }
  }

  /// The elements from `start` on.
  public func from(_ start: Int) -> SampleBuffer {
    if let integers { return SampleBuffer(integers.from(start), quantizer) }
    return floats.map { SampleBuffer($0.from(start)) } ?? self
  }
}

/// q = clamp(rnd(x / s) + z) to int8, halves to even, as ONNX QuantizeLinear; NaN becomes z.
public struct Quantizer {
  let scale: Float
  let zeroPoint: Int32

  @inline(__always)
  func integer(_ x: Float) -> Int8 {
    let value = x / scale
    let (low, high) = (Float(-128 &- zeroPoint), Float(127 &- zeroPoint))
    let bounded = value == value ? min(max(value, low), high) : 0
    return Int8(truncatingIfNeeded: nearest(bounded) &+ zeroPoint)
  }

  @inline(__always)
  func real(_ q: Int8) -> Float { Float(Int32(q) &- zeroPoint) * scale }
}
