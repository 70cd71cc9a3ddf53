import CPlatform

/// Keeps other trainings away from a checkpoint for as long as this value lives, or its process does.
@safe
public struct CheckpointLock: ~Copyable {
  private let path: UnsafePointer<CChar>
  private let file: Int32

  /// - Parameter path: of the checkpoint; must stay where it is.
  /// - Throws: `FileError`, of which `cp_errno_busy` says that another process has it.
  public init(_ path: UnsafePointer<CChar>) throws(FileError) {
    var file: Int32 = -1
    let cause = unsafe cp_lock(path, &file)
    guard cause == 0 else { throw FileError(cause: cause) }
    unsafe self.path = path
    self.file = file
  }

  deinit { unsafe cp_unlock(path, file) }
}
