import Glibc
import Synchronization

/// The files that this process has read: none of them may be written over.
public enum OpenedFiles {
  /// What the file system knows a file by, whatever its names are.
  private struct Identity: Hashable {
    let device: UInt
    let number: UInt

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
    }
  }

  private static let paths = Mutex<[Identity: String]>([:])

  /// Notes a file that is read.
  public static func note(_ path: String) {
    guard let file = Identity(path) else { return }
    paths.withLock { $0[file] = path }
  }

  /// The path that a file was read by; nil for one that was not read, or is not there.
  public static func path(of file: String) -> String? {
    Identity(file).flatMap { file in paths.withLock { $0[file] } }
  }
}
