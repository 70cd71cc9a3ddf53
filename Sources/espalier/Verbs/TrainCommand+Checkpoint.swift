import CPlatform
import Espalier
import Foundation

extension TrainCommand {
  /// Goes on from the checkpoint where there is one.
  func restore(_ trainer: Trainer, from path: String) throws {
    guard cp_exists(path) != 0 else {
      common.note("\(path) is not there yet: training starts from the plan's weights")
      return
    }
    try trainer.restore(from: path, common)
    common.note("goes on from \(path), after step \(trainer.step)")
  }

  /// Keeps a checkpoint from a new training's: one of other data under another name, any other where it is.
  ///
  /// - Throws: `Failure` where it may be that only `--resume` was forgotten.
  func keepCheckpoint(at path: String, of plan: Plan, beside samples: Samples) throws {
    // A device holds nothing.
    guard !overwrite, cp_exists(path) != 0, isRegularFile(path) else { return }
    if let summary = try? CheckpointSummary(path: path), summary.isOf(plan), summary.isOfOtherData(than: samples) {
      let kept = try moveAside(path, step: summary.step)
      common.note("\(path) was trained with other data: it is now \(kept)")
      return
    }
    throw Failure(
      .cannotCreate, "\(path) is there already",
      advice: "go on from it: --resume; or begin anew: --overwrite; or name another file: --checkpoint FILE")
  }
}

private func isRegularFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
}

/// Renames a checkpoint to `path`.step-N, or the first such name that is free; nobody else has a claim on it meanwhile.
private func moveAside(_ path: String, step: Int) throws -> String {
  let name = "\(path).step-\(step)"
  let kept = (1...).lazy.map { $0 == 1 ? name : "\(name).\($0)" }.first { cp_exists($0) == 0 }!
  guard rename(path, kept) == 0 else {
    throw Failure(
      .cannotCreate, "\(path) cannot become \(kept): \(systemText(errno))",
      advice: "begin anew: --overwrite; or name another file: --checkpoint FILE")
  }
  return kept
}
