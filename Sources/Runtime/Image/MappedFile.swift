import CPlatform

/// A file mapped read-only for as long as this value lives.
@safe
public struct MappedFile: ~Copyable {
  private let base: UnsafeRawPointer
  private let count: Int

  /// Maps the file at `path`.
  ///
  /// - Throws: `FileError`.
  public init(path: UnsafePointer<CChar>) throws(FileError) {
    var bytes = 0
    guard let mapped = unsafe cp_map_file(path, &bytes) else { throw FileError(cause: cp_last_error()) }
    unsafe base = mapped
    count = bytes
  }

  /// Maps what a file written with `keepsPrevious` has replaced.
  ///
  /// - Throws: `FileError`.
  public init(previousOf path: UnsafePointer<CChar>) throws(FileError) {
    var bytes = 0
    guard let mapped = unsafe cp_map_previous(path, &bytes) else { throw FileError(cause: cp_last_error()) }
    unsafe base = mapped
    count = bytes
  }

  deinit { unsafe cp_unmap(base, count) }

  /// The bytes; dangling once the file is gone, so never ask a temporary for them.
  public var bytes: Bytes { unsafe Bytes(base: base, count: count) }
}

extension Bytes {
  /// Maps the file at `path` until the process ends.
  ///
  /// - Parameter isShared: whether to see what other processes write to it from now on.
  /// - Throws: `FileError`.
  public init(mapping path: UnsafePointer<CChar>, isShared: Bool = false) throws(FileError) {
    var bytes = 0
    let mapped = unsafe isShared ? cp_map_shared(path, &bytes) : cp_map_file(path, &bytes)
    guard let mapped = unsafe mapped else { throw FileError(cause: cp_last_error()) }
    unsafe self.init(base: mapped, count: bytes)
  }
}

/// What the system says about a file: the value of `errno`.
public struct FileError: Error, Equatable, Sendable {
  public let cause: Int32

  public init(cause: Int32) { self.cause = cause }
}
