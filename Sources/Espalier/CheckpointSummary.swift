import Foundation
import Runtime
import Samples

/// What a checkpoint file says of itself.
public struct CheckpointSummary: Sendable {
  public let path: String
  public let bytes: Int
  /// Digest of the plan that it belongs to.
  public let plan: Digest
  public let step: Int
  /// Micro-steps done since the last update.
  public let microStep: Int
  public let progress: DataProgress
  /// Bytes of trained tensors and what optimizers remember.
  public let persistentBytes: Int
  public let statistics: TrainingStatistics

  /// Reads and checks one file; the other slot is not looked at.
  ///
  /// - Throws: `EspalierError.cannotRead`, `checkpoint`.
  public init(path: String) throws(EspalierError) {
    let file = try FileBytes.mapped(path) { .checkpoint(path: path, .notACheckpoint) }
    let header: CheckpointHeader
    do throws(CheckpointError) { header = try CheckpointHeader(checking: file.bytes) } catch {
      throw .checkpoint(path: path, error)
    }
    self.path = path
    bytes = file.bytes.count
    plan = header.plan
    step = Int(header.step)
    microStep = Int(header.microStep)
    progress = DataProgress(seed: header.seed, epoch: header.epoch, position: header.position, data: header.data)
    // No larger than the file, which has been checked.
    persistentBytes = Int(header.persistentBytes)
    statistics = header.statistics
  }

  /// Whether a session of this plan wrote it.
  public func isOf(_ plan: Plan) -> Bool { self.plan == plan.image.digest }

  /// Whether it was trained with packed samples that are not these.
  public func isOfOtherData(than samples: Samples) -> Bool {
    progress.data != 0 && progress.data != samples.pack.fingerprint
  }
}

/// How the values of two checkpoints of one plan differ.
public struct CheckpointComparison: Sendable {
  public struct Tensor: Sendable {
    public let name: String
    public let elements: Int
    /// Elements that differ.
    public let changed: Int
    /// The largest and the mean difference, in steps of the scale for integers.
    public let largest: Double
    public let mean: Double
  }

  public let tensors: [Tensor]
  /// Whether everything is the same, counters and what optimizers remember included.
  public let isEqual: Bool

  /// - Throws: `EspalierError` as `Trainer.restoreCheckpoint`.
  public init(_ plan: Plan, _ first: String, _ second: String) throws(EspalierError) {
    let (a, b) = (try Trainer(plan), try Trainer(plan))
    try a.restoreCheckpoint(from: first)
    try b.restoreCheckpoint(from: second)
    let (before, after) = (try a.values(), try b.values())
    tensors = plan.trainedVariables.compactMap { variable in
      guard let x = before[variable.index], let y = after[variable.index] else { return nil }
      let sizes = zip(x, y).map { abs($0 - $1) }
      return Tensor(
        name: variable.name, elements: x.count, changed: sizes.count { $0 != 0 }, largest: sizes.max() ?? 0,
        mean: sizes.isEmpty ? 0 : sizes.reduce(0, +) / Double(sizes.count))
    }
    isEqual = FileManager.default.contentsEqual(atPath: first, andPath: second)
  }
}
