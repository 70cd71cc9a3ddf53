import IR
import Runtime

/// Zeroed memory of our own that starts on a multiple of 64 bytes.
public final class AlignedBytes: ConstantStorage {
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer
  public let count: Int

  public init(count: Int) {
    base = .allocate(byteCount: max(count, 1), alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    self.count = count
  }

  deinit { base.deallocate() }

  /// Copies bytes to a place that must be inside.
  public func store(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    precondition(offset >= 0 && bytes.count <= count - offset)
    if let source = bytes.baseAddress { (base + offset).copyMemory(from: source, byteCount: bytes.count) }
  }

  /// The bytes; not to be used once this object is gone.
  public var bytes: Bytes { Bytes(base: base, count: count) }

  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
