import Emit
import Foundation
import Runtime

/// The first bytes of a delta; the byte table is in FORMAT.md.
struct DeltaHeader: BitwiseCopyable {
  /// "ESPDELT\0".
  static let magic: UInt64 = 0x0054_4c45_4450_5345
  static let version: UInt32 = 1
  static let size = MemoryLayout<DeltaHeader>.size

  var magic = DeltaHeader.magic
  var version = DeltaHeader.version
  var headerBytes = UInt32(DeltaHeader.size)
  var length: UInt64 = 0
  var base = Digest()
  var codec: UInt32 = 0
  var steps: UInt32 = 0
  /// Entries of `DeltaRow`.
  var regions = TableSpan()
  /// UTF-8 of all names.
  var names = TableSpan()
  /// Bytes of all differences, region by region.
  var payload = TableSpan()
}

struct DeltaRow: BitwiseCopyable {
  static let size = MemoryLayout<DeltaRow>.size

  var nameBytes: UInt32
  var type: UInt32
  var count: UInt64
}

extension Delta {
  /// The bytes of the delta's file; the same delta gives the same bytes.
  public func bytes() -> [UInt8] {
    var header = DeltaHeader()
    header.base = base
    header.codec = codec.rawValue
    header.steps = UInt32(clamping: steps)
    var file = FileBuilder(reserving: DeltaHeader.size)
    let rows = regions.map {
      DeltaRow(nameBytes: UInt32($0.name.utf8.count), type: $0.type.rawValue, count: UInt64($0.differences.count))
    }
    header.regions = file.append(table: rows, alignment: 8)
    header.names = file.append(table: regions.flatMap { Array($0.name.utf8) }, alignment: 1)
    header.payload = file.append(table: regions.flatMap { codec.payload($0) }, alignment: 1)
    return file.finish(with: header, length: \.length)
  }

  /// Reads a delta.
  ///
  /// - Throws: `DeltaError`.
  public init(bytes: [UInt8]) throws(DeltaError) {
    let reader = DeltaReader(bytes: bytes)
    let header = try reader.header()
    guard let codec = Codec(rawValue: header.codec) else { throw .contents }
    base = header.base
    steps = Int(header.steps)
    self.codec = codec
    regions = []
    var name = reader.start(of: header.names)
    var payload = reader.start(of: header.payload)
    for index in 0..<Int(header.regions.count) {
      let row = reader.load(Int(header.regions.offset) + index * DeltaRow.size, as: DeltaRow.self)
      guard let type = ValueType(rawValue: row.type), row.count <= UInt64(bytes.count) * 8,
        name.end - name.next >= Int(row.nameBytes)
      else { throw .contents }
      let count = Int(row.count)
      let width = codec.bytes(type, count)
      guard payload.end - payload.next >= width,
        let text = String(validating: bytes[name.next..<(name.next + Int(row.nameBytes))], as: UTF8.self),
        let differences = codec.differences(bytes[payload.next..<(payload.next + width)], type, count)
      else { throw .contents }
      regions.append(Region(name: text, type: type, differences: differences))
      name.next += Int(row.nameBytes)
      payload.next += width
    }
    guard name.next == name.end, payload.next == payload.end else { throw .contents }
  }
}

/// A look at the parts of a delta's file.
private struct DeltaReader {
  let bytes: [UInt8]

  func header() throws(DeltaError) -> DeltaHeader {
    guard bytes.count >= 16, load(0, as: UInt64.self) == DeltaHeader.magic else { throw .notADelta }
    let version = load(8, as: UInt32.self)
    guard version == DeltaHeader.version else { throw .version(found: version, supported: DeltaHeader.version) }
    guard bytes.count >= DeltaHeader.size + Digest.size else {
      throw .length(stated: UInt64(DeltaHeader.size + Digest.size), actual: UInt64(bytes.count))
    }
    let header = load(0, as: DeltaHeader.self)
    guard header.length == UInt64(bytes.count) else {
      throw .length(stated: header.length, actual: UInt64(bytes.count))
    }
    let end = bytes.count - Digest.size
    let digest = bytes.withUnsafeBytes { Digest(of: Bytes(UnsafeRawBufferPointer(rebasing: $0[..<end]))) }
    guard digest == load(end, as: Digest.self) else { throw .digest }
    guard header.headerBytes == UInt32(DeltaHeader.size), lies(header.regions, DeltaRow.size, end),
      lies(header.names, 1, end), lies(header.payload, 1, end)
    else { throw .contents }
    return header
  }

  private func lies(_ span: TableSpan, _ width: Int, _ end: Int) -> Bool {
    span.offset >= UInt64(DeltaHeader.size) && span.offset <= UInt64(end)
      && span.count <= (UInt64(end) - span.offset) / UInt64(width)
  }

  func start(of span: TableSpan) -> (next: Int, end: Int) {
    (Int(span.offset), Int(span.offset) + Int(span.count))
  }

  func load<T: BitwiseCopyable>(_ offset: Int, as: T.Type) -> T {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
  }
}

extension Delta.Codec {
  fileprivate func payload(_ region: Delta.Region) -> [UInt8] {
    if self == .raw {
      let values = kept(region.differences, region.type)
      return switch region.type {
      case .i8: littleEndian(values.map { Int16($0) })
      case .i32: littleEndian(values.map { Int64($0) })
      case .f32: littleEndian(values)
      }
    }
    let (scales, levels) = quantized(region.differences)
    let codes: [UInt8] =
      switch self {
      case .ternary: packed(levels.map { $0 == 0 ? 0 : $0 > 0 ? 1 : 2 }, bits: 2)
      case .sign: packed(levels.map { $0 < 0 ? 1 : 0 }, bits: 1)
      case .int8, .raw: levels.map { UInt8(bitPattern: $0) }
      }
    return littleEndian(scales) + codes
  }

  /// Nil for bytes that no differences are stored as; what a scale rounds up may be a little over the largest.
  fileprivate func differences(_ bytes: ArraySlice<UInt8>, _ type: Delta.ValueType, _ count: Int) -> [Double]? {
    if self == .raw {
      let result =
        switch type {
        case .i8: values(bytes, count, as: Int16.self).map { Double($0) }
        case .i32: values(bytes, count, as: Int64.self).map { Double($0) }
        case .f32: values(bytes, count, as: Double.self)
        }
      return result.allSatisfy { abs($0) <= type.largest } ? result : nil
    }
    let blocks = (count + Delta.blockSize - 1) / Delta.blockSize
    let scales = values(bytes, blocks, as: Float.self)
    guard scales.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    let codes = bytes.dropFirst(4 * blocks)
    var result: [Double] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let level = level(codes, index) else { return nil }
      let difference = Double(scales[index / Delta.blockSize]) * level
      guard abs(difference) <= 2 * type.largest else { return nil }
      result.append(difference)
    }
    return result
  }

  private func level(_ codes: ArraySlice<UInt8>, _ index: Int) -> Double? {
    let first = codes.startIndex
    switch self {
    case .raw, .int8: return Double(Int8(bitPattern: codes[first + index]))
    case .sign: return codes[first + index / 8] >> (index % 8) & 1 == 1 ? -1 : 1
    case .ternary:
      let code = codes[first + index / 4] >> (index % 4 * 2) & 3
      return code == 3 ? nil : [0, 1, -1][Int(code)]
    }
  }
}

/// Numbers of a few bits, the first ones in the lowest bits of each byte.
private func packed(_ codes: [UInt8], bits: Int) -> [UInt8] {
  let each = 8 / bits
  var result = [UInt8](repeating: 0, count: (codes.count + each - 1) / each)
  for (index, code) in codes.enumerated() { result[index / each] |= code << (index % each * bits) }
  return result
}

private func littleEndian<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

private func values<T: BitwiseCopyable>(_ bytes: ArraySlice<UInt8>, _ count: Int, as: T.Type) -> [T] {
  bytes.withUnsafeBytes { raw in
    (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) }
  }
}
