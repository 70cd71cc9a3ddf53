import CPlatform
import Synchronization

/// Keeps other trainings away from a checkpoint and its previous one: a lock, `path`.espalier-lock, that ends with its
/// process however that ends.
public final class CheckpointClaim: Sendable {
  /// What the names of files that come and go beside a checkpoint end with, `path` before it.
  public static let suffixes = [".previous", ".espalier-lock", ".espalier-tmp", ".pages"]

  private let path: String
  /// The open lock; -1 where there is none, or none any more.
  private let file: Mutex<Int32>

  /// - Throws: `EspalierError.inUse` where another process has it, `cannotWrite`.
  public init(_ path: String) throws(EspalierError) {
    var file: Int32 = -1
    let cause = cp_lock(path, &file)
    guard cause == 0 else {
      throw cause == cp_errno_busy ? .inUse(path: path) : .cannotWrite(path: path, cause: cause)
    }
    self.path = path
    self.file = Mutex(file)
  }

  deinit { release() }

  /// Refuses, before any work, a checkpoint that could not be written at the end.
  ///
  /// - Throws: `EspalierError.cannotWrite`.
  public func checkPlace() throws(EspalierError) {
    let cause = cp_check_place(path)
    guard cause == 0 else { throw .cannotWrite(path: path, cause: cause) }
  }

  /// Lets others have it.
  public func release() {
    file.withLock { file in
      cp_unlock(path, file)
      file = -1
    }
  }
}
