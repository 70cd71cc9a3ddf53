import CPlatform
import Glibc
import IR
import Runtime

/// A file mapped read-only.
public final class FileBytes: ConstantStorage {
  private nonisolated(unsafe) let base: UnsafeRawPointer
  public let count: Int

  /// - Throws: `notFound`, `cannotRead`, and `malformed` for a file without bytes.
  public init(path: String) throws(DataFileError) {
    var size = 0
    guard let base = cp_map_file(path, &size) else {
      switch cp_last_error() {
      case ENOENT, ENOTDIR: throw .notFound(path: path)
      case ENODATA: throw .malformed(path: path, .empty)
      case let cause: throw .cannotRead(path: path, cause: cause)
      }
    }
    self.base = base
    count = size
    OpenedFiles.note(path)
  }

  deinit { cp_unmap(base, count) }

  /// The mapping itself; not to be used once this object is gone.
  public var bytes: Bytes { Bytes(base: base, count: count) }

  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
