import Foundation
import Runtime

extension Trainer {
  /// Writes the trained values and how far training has come, whole or not at all.
  ///
  /// A checkpoint that is there already becomes `path`.previous.
  /// - Throws: `EspalierError.cannotWrite`, `diverged`.
  public func writeCheckpoint(to path: String) throws(EspalierError) {
    try withState { state throws(EspalierError) in
      guard state.session.isSound else { throw .diverged(step: Int(state.session.step)) }
      do throws(FileError) {
        try state.slots.write(&state.session, to: path, state.progress)
      } catch {
        throw .cannotWrite(path: path, cause: error.cause)
      }
    }
  }

  /// Resumes from a checkpoint of the same plan; nothing changes when it throws.
  ///
  /// - Returns: why `path`.previous was taken instead, where `path` cannot be used; nil where it was.
  /// - Throws: `EspalierError.cannotRead`, `checkpoint`, for `path` where neither can be used.
  @discardableResult
  public func restoreCheckpoint(from path: String) throws(EspalierError) -> EspalierError? {
    try withState { state throws(EspalierError) in
      do throws(CheckpointSlots.Fault) {
        let restored = try state.slots.restore(&state.session, from: path)
        state.progress = restored.progress
        return restored.passedOver.map { EspalierError($0, path) }
      } catch { throw EspalierError(error, path) }
    }
  }
}

extension EspalierError {
  fileprivate init(_ fault: CheckpointSlots.Fault, _ path: String) {
    switch fault {
    case .file(let error) where error.cause == ENODATA: self = .checkpoint(path: path, .notACheckpoint)
    case .file(let error): self = .cannotRead(path: path, cause: error.cause)
    case .checkpoint(let error): self = .checkpoint(path: path, error)
    }
  }
}
