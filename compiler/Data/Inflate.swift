import CZlib

/// How a run of bytes was compressed.
enum Compression {
  /// Entries of a zip archive: deflate without a header.
  case raw
  /// `.gz` files.
  case gzip

  var windowBits: Int32 { self == .raw ? -15 : 31 }
}

/// Unpacks bytes; nil where they are damaged, cut short, or unpack to more than `limit` bytes.
func inflate(_ input: UnsafeRawBufferPointer, _ compression: Compression, limit: Int) -> [UInt8]? {
  var stream = z_stream()
  guard inflateInit2_(&stream, compression.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
    return nil
  }
  defer { inflateEnd(&stream) }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 18)
  var position = 0
  while true {
    if stream.avail_in == 0 {
      let count = min(input.count - position, 1 << 30)
      guard count > 0, let base = input.baseAddress else { return nil }
      let bytes = (base + position).assumingMemoryBound(to: UInt8.self)
      stream.next_in = UnsafeMutablePointer(mutating: bytes)
      stream.avail_in = UInt32(count)
      position += count
    }
    let (status, made) = chunk.withUnsafeMutableBufferPointer { buffer in
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(buffer.count)
      let status = inflate(&stream, Z_NO_FLUSH)
      return (status, buffer.count - Int(stream.avail_out))
    }
    guard output.count + made <= limit else { return nil }
    output += chunk[..<made]
    switch status {
    case Z_STREAM_END: return output
    case Z_OK: continue
    case Z_BUF_ERROR where stream.avail_in == 0: continue
    default: return nil
    }
  }
}

/// CRC-32 as zip archives use it.
func crc32(_ parts: [UnsafeRawBufferPointer]) -> UInt32 {
  var sum: UInt = 0
  for part in parts {
    var position = 0
    while position < part.count {
      let count = min(part.count - position, 1 << 30)
      let bytes = part.baseAddress.map { ($0 + position).assumingMemoryBound(to: UInt8.self) }
      sum = CZlib.crc32(sum, bytes, UInt32(count))
      position += count
    }
  }
  return UInt32(truncatingIfNeeded: sum)
}
