import Foundation
import Runtime

extension Trainer {
  /// Writes the trained values and how far training has come, whole or not at all.
  ///
  /// - Throws: `EspalierError.cannotWrite`.
  public func writeCheckpoint(to path: String) throws(EspalierError) {
    try withState { state throws(EspalierError) in
      do throws(FileError) {
        try state.session.writeCheckpoint(to: path, state.progress)
      } catch {
        throw .cannotWrite(path: path, cause: error.cause)
      }
    }
  }

  /// Goes on from a checkpoint of the same plan; nothing changes when it throws.
  ///
  /// - Throws: `EspalierError.cannotRead`, `checkpoint`.
  public func restoreCheckpoint(from path: String) throws(EspalierError) {
    try withState { state throws(EspalierError) in
      let file: MappedFile
      do throws(FileError) { file = try MappedFile(path: path) } catch {
        guard error.cause != ENODATA else { throw .checkpoint(path: path, .notACheckpoint) }
        throw .cannotRead(path: path, cause: error.cause)
      }
      do throws(CheckpointError) { state.progress = try state.session.restoreCheckpoint(file) } catch {
        throw .checkpoint(path: path, error)
      }
    }
  }
}
