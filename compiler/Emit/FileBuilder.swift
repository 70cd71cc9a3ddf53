import Runtime

/// A file of ours being put together: header, tables, digest.
public struct FileBuilder {
  private var bytes: [UInt8]

  public init(reserving headerBytes: Int) { bytes = [UInt8](repeating: 0, count: headerBytes) }

  var count: Int { bytes.count }

  mutating func align(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }

  mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends a table whose entries have no padding.
  public mutating func append<T: BitwiseCopyable>(table: [T], alignment: Int) -> TableSpan {
    align(to: alignment)
    let span = TableSpan(offset: bytes.count, count: table.count)
    table.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return span
  }

  /// The whole file: the header with its length at the front, the digest at the end.
  public consuming func finish<H: BitwiseCopyable>(with header: H, length: WritableKeyPath<H, UInt64>) -> [UInt8] {
    var header = header
    header[keyPath: length] = UInt64(bytes.count + Digest.size)
    withUnsafeBytes(of: header) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    let digest = bytes.withUnsafeBytes { Digest(of: Bytes($0)) }
    withUnsafeBytes(of: digest) { bytes.append(contentsOf: $0) }
    return bytes
  }
}

extension Bytes {
  /// The bytes of a buffer, which must not be empty.
  public init(_ buffer: UnsafeRawBufferPointer) { self.init(base: buffer.baseAddress!, count: buffer.count) }
}
