/// Where samples are written: floats, or int8 under the one scale that the network reads its input with.
///
/// A network whose first step would be rounding its input takes integers: a quarter of the bytes, and the same values.
public struct SampleBuffer {
  private enum Storage {
    case floats(Elements<Float>)
    case integers(Elements<Int8>, Quantizer)
  }

  private let storage: Storage

  public init(_ floats: Elements<Float>) { storage = .floats(floats) }
  init(_ integers: Elements<Int8>, _ quantizer: Quantizer) { storage = .integers(integers, quantizer) }

  public var count: Int {
    switch storage {
    case .floats(let elements): elements.count
    case .integers(let elements, _): elements.count
    }
  }

  /// An element in real units.
  public subscript(index: Int) -> Float {
    get {
      switch storage {
      case .floats(let elements): elements[index]
      case .integers(let elements, let quantizer): quantizer.real(elements[index])
      }
    }
    nonmutating set {
      switch storage {
      case .floats(let elements): elements[index] = newValue
      case .integers(let elements, let quantizer): elements[index] = quantizer.integer(newValue)
      }
    }
  }

  /// The elements from `start` on.
  public func from(_ start: Int) -> SampleBuffer {
    switch storage {
    case .floats(let elements): SampleBuffer(elements.from(start))
    case .integers(let elements, let quantizer): SampleBuffer(elements.from(start), quantizer)
    }
  }

  /// The bytes as the program reads them.
  var bytes: Bytes {
    switch storage {
    case .floats(let elements): unsafe Bytes(base: elements.pointer, count: 4 &* elements.count)
    case .integers(let elements, _): unsafe Bytes(base: elements.pointer, count: elements.count)
    }
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
