import IR

extension Onnx_TensorProto {
  /// Shape and element type.
  ///
  /// - Throws: `TensorFault.elementType`, `shape`.
  var type: TensorType {
    get throws(TensorFault) {
      guard let dtype = DType(onnx: Int(dataType)) else { throw .elementType(Int(dataType)) }
      guard dims.count <= mostAxes else { throw .shape(dims.map { Int($0) }) }
      // An axis without elements counts as one, so that the product of no part of the shape overflows.
      var count = 1
      for size in dims {
        let (product, overflow) = count.multipliedReportingOverflow(by: max(Int(size), 1))
        guard size >= 0, !overflow, product <= 1 << 40 else { throw .shape(dims.map { Int($0) }) }
        count = product
      }
      return TensorType(dims.map { Int($0) }, dtype)
    }
  }

  /// The values of the typed fields as dense bytes.
  func typedBytes(_ dtype: DType) -> [UInt8] {
    func raw<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }
    return switch dtype {
    case .f32: raw(floatData)
    case .f64: raw(doubleData)
    case .i64: raw(int64Data)
    case .i32: raw(int32Data)
    case .i16: raw(int32Data.map { Int16(truncatingIfNeeded: $0) })
    case .i8: raw(int32Data.map { Int8(truncatingIfNeeded: $0) })
    case .u8, .bool: raw(int32Data.map { UInt8(truncatingIfNeeded: $0) })
    case .bit, .q8, .q16: []
    }
  }
}

extension DType {
  /// The element type with this number in `TensorProto.DataType`.
  init?(onnx number: Int) {
    switch number {
    case 1: self = .f32
    case 2: self = .u8
    case 3: self = .i8
    case 5: self = .i16
    case 6: self = .i32
    case 7: self = .i64
    case 9: self = .bool
    case 11: self = .f64
    default: return nil
    }
  }
}

extension Constant {
  /// Whether it is one float, and that infinite.
  var isInfinite: Bool { type.count == 1 && type.dtype == .f32 && floats()[0].isInfinite }

  /// Index of the first float that is NaN or infinite.
  var firstNotFinite: Int? {
    func first<T: BinaryFloatingPoint & BitwiseCopyable>(_: T.Type) -> Int? {
      storage.withBytes { raw in
        (0..<type.count).first { element in
          !raw.loadUnaligned(fromByteOffset: offset + element * MemoryLayout<T>.size, as: T.self).isFinite
        }
      }
    }
    return switch type.dtype {
    case .f32: first(Float.self)
    case .f64: first(Double.self)
    default: nil
    }
  }
}
