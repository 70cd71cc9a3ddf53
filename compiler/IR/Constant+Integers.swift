extension Constant {
  /// The values of an `i8` or `i32` constant in the order of `type`.
  public func integers() -> [Int32] {
    bytes().withUnsafeBytes { raw in
      (0..<type.count).map {
        type.dtype == .i8
          ? Int32(raw.loadUnaligned(fromByteOffset: $0, as: Int8.self))
          : raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)
      }
    }
  }

  /// The real values of a constant of quantized integers, as `f32`; the type must carry its quantization.
  public func dequantized() -> Constant {
    let q = type.quantization!
    let axis = q.axis ?? 0
    let inner = q.axis == nil ? 1 : type.shape[(axis + 1)...].reduce(1, *)
    let values = integers().enumerated().map { index, value in
      let channel = q.axis == nil ? 0 : index / inner % type.shape[axis]
      return Float(value - q.zeroPoints[channel]) * q.scales[channel]
    }
    return Constant(TensorType(type.shape), floats: values)
  }
}
