import CPlatform
import Glibc
import Synchronization

/// A file that appears under its name only once it is complete; the path `-` is standard output.
///
/// Devices and pipes cannot be replaced: they are written to as they are.
public struct AtomicFile: ~Copyable {
  public let path: String
  private let temporary: String
  private let file: Int32
  private static let number = Atomic<Int>(0)
  private var isOpen = true

  /// Whether another name is used until the file is complete.
  private let isReplaced: Bool

  /// - Throws: `cannotWrite`.
  public init(path: String) throws(DataFileError) {
    self.path = path
    var status = stat()
    let isThere = path != "-" && stat(path, &status) == 0
    isReplaced = path != "-" && (!isThere || status.st_mode & S_IFMT == S_IFREG)
    var (name, opened) = ("", Int32(-1))
    if path == "-" {
      opened = STDOUT_FILENO
    } else if isReplaced {
      // Nobody else's: neither another file of this process nor, as O_EXCL sees to, anything that is there already.
      repeat {
        name = "\(path).\(getpid()).\(AtomicFile.number.add(1, ordering: .relaxed).newValue).espalier-tmp"
        opened = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      } while opened < 0 && errno == EEXIST
      // What only some may read stays so, from its first byte on. Not all file systems have permissions.
      if opened >= 0, isThere { _ = fchmod(opened, status.st_mode & 0o777 | 0o600) }
    } else {
      opened = cp_open_device(path)
    }
    let cause = errno
    (temporary, file) = (name, opened)
    guard file >= 0 else {
      isOpen = false
      throw .cannotWrite(path: path, cause: cause)
    }
  }

  deinit {
    guard isOpen && path != "-" else { return }
    close(file)
    if isReplaced { unlink(temporary) }
  }

  /// - Throws: `cannotWrite`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(DataFileError) {
    let cause = cp_write(file, bytes.baseAddress, bytes.count)
    guard cause == 0 else { throw .cannotWrite(path: path, cause: cause) }
  }

  /// - Throws: `cannotWrite`.
  public func write(_ bytes: [UInt8]) throws(DataFileError) {
    let result = bytes.withUnsafeBytes { raw in Result { () throws(DataFileError) in try write(raw) } }
    try result.get()
  }

  /// Brings everything to the disk, gives the file its name, and brings that to the disk, too.
  ///
  /// - Throws: `cannotWrite`; an older file of that name is then still there, unless the name alone could not be synced.
  public mutating func finish() throws(DataFileError) {
    guard isReplaced else { return }
    guard fsync(file) == 0 else { throw .cannotWrite(path: path, cause: errno) }
    isOpen = false
    guard close(file) == 0, rename(temporary, path) == 0 else {
      let cause = errno
      unlink(temporary)
      throw .cannotWrite(path: path, cause: cause)
    }
    let cause = cp_sync_folder(path)
    guard cause == 0 else { throw .cannotWrite(path: path, cause: cause) }
  }
}

/// Writes a whole file at once.
///
/// - Throws: `cannotWrite`.
public func writeFile(_ bytes: [UInt8], to path: String) throws(DataFileError) {
  var file = try AtomicFile(path: path)
  try file.write(bytes)
  try file.finish()
}
