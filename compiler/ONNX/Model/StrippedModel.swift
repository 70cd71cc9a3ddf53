/// The message of a model without the raw bytes of its initializers, and where in the file those stand.
///
/// Weights are most of a file; taken out before decoding they are never copied.
struct StrippedModel {
  /// An `onnx.ModelProto` whose initializers have no `raw_data`.
  private(set) var message: [UInt8] = []
  /// The raw bytes of each initializer, in order; nil where it keeps its values in typed fields or in another file.
  private(set) var rawData: [Range<Int>?] = []

  // Field numbers of onnx.proto.
  private static let graphOfModel = 7
  private static let initializerOfGraph = 5
  private static let rawDataOfTensor = 9

  init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    message.reserveCapacity(min(bytes.count, 1 << 20))
    var fields = WireReader(bytes, 0..<bytes.count)
    while let field = try fields.next() {
      if field.number == Self.graphOfModel, field.type == 2 {
        Self.append(field.number, try graph(bytes, field.payload), to: &message)
      } else {
        message += bytes[field.whole]
      }
    }
  }

  private mutating func graph(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(WireError) -> [UInt8] {
    var result: [UInt8] = []
    var fields = WireReader(bytes, range)
    while let field = try fields.next() {
      if field.number == Self.initializerOfGraph, field.type == 2 {
        Self.append(field.number, try tensor(bytes, field.payload), to: &result)
      } else {
        result += bytes[field.whole]
      }
    }
    return result
  }

  private mutating func tensor(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(WireError) -> [UInt8] {
    var result: [UInt8] = []
    var raw: Range<Int>?
    var fields = WireReader(bytes, range)
    while let field = try fields.next() {
      if field.number == Self.rawDataOfTensor, field.type == 2 {
        raw = field.payload
      } else {
        result += bytes[field.whole]
      }
    }
    rawData.append(raw)
    return result
  }

  /// First byte of the first field of the model, or of its graph, that does not decode by itself.
  static func undecodable(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var fields = WireReader(bytes, 0..<bytes.count)
    while let field = try? fields.next() {
      if field.number == graphOfModel, field.type == 2 {
        var parts = WireReader(bytes, field.payload)
        while let part = try? parts.next() {
          if (try? Onnx_GraphProto(serializedBytes: [UInt8](bytes[part.whole]))) == nil { return part.whole.lowerBound }
        }
      } else if (try? Onnx_ModelProto(serializedBytes: [UInt8](bytes[field.whole]))) == nil {
        return field.whole.lowerBound
      }
    }
    return nil
  }

  /// Appends a length-delimited field.
  private static func append(_ number: Int, _ payload: [UInt8], to message: inout [UInt8]) {
    message.append(UInt8(number << 3 | 2))
    var length = payload.count
    while length >= 0x80 {
      message.append(UInt8(length & 0x7f | 0x80))
      length >>= 7
    }
    message.append(UInt8(length))
    message += payload
  }
}
