import CZlib

/// How a run of bytes was compressed.
enum Compression {
  /// Entries of a zip archive: deflate without a header.
  case raw
  /// `.gz` files.
  case gzip

  var windowBits: Int32 { self == .raw ? -15 : 31 }

  /// Whether so many bytes can come of so many packed ones: deflate makes at most 1,032 of one.
  func canHold(_ bytes: Int, packed: Int) -> Bool { bytes / 1_032 <= packed }
}

/// Unpacks exactly `count` bytes; nil where they are damaged, cut short, or more or fewer than that.
///
/// Memory is taken for `count` bytes, and for no more.
func inflate(_ input: UnsafeRawBufferPointer, _ compression: Compression, exactly count: Int) -> [UInt8]? {
  guard compression.canHold(count, packed: input.count) else { return nil }
  // One byte more than there may be shows that there are too many.
  guard let bytes = unpack(input, compression, room: count + 1, toEnd: true), bytes.count == count else { return nil }
  return bytes
}

/// The first bytes of what is packed, at most `count`; nil where those are damaged.
func inflatePrefix(_ input: UnsafeRawBufferPointer, _ compression: Compression, _ count: Int) -> [UInt8]? {
  unpack(input, compression, room: count, toEnd: false)
}

/// Unpacks until the bytes end or the room is full. Gzip files may have several members, one behind the other, and zeros
/// behind the last (RFC 1952, 2.2); where all is unpacked, nothing else may follow.
private func unpack(
  _ input: UnsafeRawBufferPointer, _ compression: Compression, room: Int, toEnd: Bool
) -> [UInt8]? {
  var stream = z_stream()
  guard inflateInit2_(&stream, compression.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
    return nil
  }
  defer { inflateEnd(&stream) }
  var isGood = false
  let output = [UInt8](unsafeUninitializedCapacity: room) { buffer, made in
    var position = 0
    while made < room {
      if stream.avail_in == 0, position < input.count, let base = input.baseAddress {
        let count = min(input.count - position, 1 << 30)
        stream.next_in = UnsafeMutablePointer(mutating: (base + position).assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(count)
        position += count
      }
      let space = min(room - made, 1 << 30)
      stream.next_out = buffer.baseAddress! + made
      stream.avail_out = UInt32(space)
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      made += space - Int(stream.avail_out)
      if status == Z_STREAM_END {
        let rest = UnsafeRawBufferPointer(rebasing: input[(position - Int(stream.avail_in))...])
        if compression == .gzip, rest.starts(with: [0x1f, 0x8b]) {
          guard inflateReset(&stream) == Z_OK else { return }
          continue
        }
        isGood = !toEnd || rest.isEmpty || compression == .gzip && rest.allSatisfy { $0 == 0 }
        return
      }
      guard status == Z_OK else { return }
    }
    isGood = !toEnd
  }
  return isGood ? output : nil
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
