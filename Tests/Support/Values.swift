import IR

/// Elements as bytes, as the evaluator takes them.
public func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

/// Elements from bytes.
public func elements<T: BitwiseCopyable>(_ bytes: [UInt8], as: T.Type = T.self) -> [T] {
  bytes.withUnsafeBytes { raw in
    stride(from: 0, to: raw.count, by: MemoryLayout<T>.size).map { raw.loadUnaligned(fromByteOffset: $0, as: T.self) }
  }
}

/// Random bytes of a type: floats and `i32` from a range, anything for the others.
public func randomBytes(
  _ type: TensorType, in range: ClosedRange<Double>, _ generator: inout SeededGenerator
) -> [UInt8] {
  let values = (0..<type.count).map { _ in Double.random(in: range, using: &generator) }
  return switch type.dtype {
  case .f64: bytes(values)
  case .f32: bytes(values.map(Float.init))
  case .i32: bytes(values.map { Int32($0.rounded()) })
  default: (0..<type.bytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}
