import Runtime

/// Bytes in aligned memory of the exact size, so that reading past the end is caught by an address sanitizer.
public final class AlignedBytes {
  public let buffer: UnsafeMutableRawBufferPointer
  private let count: Int

  public init(_ bytes: [UInt8]) {
    buffer = .allocate(byteCount: max(bytes.count, 1), alignment: 64)
    buffer.copyBytes(from: bytes)
    count = bytes.count
  }

  deinit { buffer.deallocate() }

  public var bytes: Bytes { Bytes(base: UnsafeRawPointer(buffer.baseAddress!), count: count) }
}
