import Foundation

extension Onnx_TensorProto {
  /// Puts other values in place of those there are.
  mutating func replaceValues(_ values: ExportTensor.Storage, name: String) throws(ExportError) {
    let count = dims.reduce(1) { $0 &* Int($1) }
    let bytes: Data
    switch values {
    case .floats(let floats):
      guard dataType == Int32(DataType.float.rawValue) else { throw .elementType(tensor: name, Int(dataType)) }
      guard floats.count == count else { throw .count(tensor: name, expected: count, found: floats.count) }
      try Exporter.expectFinite(floats, of: name)
      bytes = floats.withUnsafeBytes { Data($0) }
    case .integers(let integers):
      guard integers.count == count else { throw .count(tensor: name, expected: count, found: integers.count) }
      bytes = try encoded(integers, name: name)
    }
    floatData = []
    int32Data = []
    externalData = []
    clearDataLocation()
    rawData = bytes
  }

  private func encoded(_ integers: [Int32], name: String) throws(ExportError) -> Data {
    let isWide = dataType == Int32(DataType.int32.rawValue)
    if !isWide, let index = integers.firstIndex(where: { $0 < -128 || $0 > 127 }) {
      throw .outOfRange(tensor: name, index: index, value: Int(integers[index]))
    }
    switch DataType(rawValue: Int(dataType)) {
    case .int8: return Data(integers.map { UInt8(truncatingIfNeeded: $0) })
    case .uint8: return Data(integers.map { UInt8(truncatingIfNeeded: $0 + 128) })
    case .int32: return integers.map(\.littleEndian).withUnsafeBytes { Data($0) }
    default: throw .elementType(tensor: name, Int(dataType))
    }
  }
}
