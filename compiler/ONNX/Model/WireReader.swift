/// A place in a file that is no part of a message there.
struct WireError: Error {
  let offset: Int
  /// First byte behind what is announced there, where that is more than the message holds.
  var end = 0
}

/// A field of a protocol buffer message: number, wire type, and where its bytes stand in the file.
struct WireField {
  let number: Int
  let type: Int
  /// From the tag on.
  let whole: Range<Int>
  /// The payload alone: what a length-delimited field holds.
  let payload: Range<Int>
}

/// Walks the fields of a message without decoding them (Protocol Buffers, encoding).
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field; nil at the end of the message.
  mutating func next() throws(WireError) -> WireField? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw WireError(offset: start) }
    let first: Int
    switch tag & 7 {
    case 0:
      first = position
      _ = try varint()
    case 1: first = try skip(8)
    case 2:
      let count = try varint()
      first = try skip(count)
    case 5: first = try skip(4)
    default: throw WireError(offset: start)
    }
    return WireField(number: Int(tag >> 3), type: Int(tag & 7), whole: start..<position, payload: first..<position)
  }

  private mutating func skip(_ count: UInt64) throws(WireError) -> Int {
    guard count <= UInt64(end - position) else {
      throw WireError(offset: position, end: Int(clamping: UInt64(position).addingReportingOverflow(count).0))
    }
    defer { position += Int(count) }
    return position
  }

  private mutating func varint() throws(WireError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    let start = position
    while position < end {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
      guard shift < 64 else { throw WireError(offset: start) }
    }
    throw WireError(offset: start, end: end + 1)
  }
}
