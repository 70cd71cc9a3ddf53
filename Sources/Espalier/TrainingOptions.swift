import Runtime

/// How long to train, and in which order.
public struct TrainingOptions: Equatable, Sendable {
  /// When training ends, counted from its very beginning, so that a resumed run ends where the whole one would.
  public enum Extent: Hashable, Sendable {
    /// The steps that the learning-rate schedule was compiled for.
    case planned
    case steps(Int)
    /// Passes over the data; samples that do not fill an update at the end are left out.
    case epochs(Int)
  }

  public var extent = Extent.planned
  /// Decides order and augmentation; nil is the checkpoint's, or 0.
  public var seed: UInt64?
  /// Another order every epoch; else the order of the file.
  public var shuffles = true
  public var augmentation = Augmentation()

  public init() {}
}

/// What one update came to.
public struct TrainingReport: Hashable, Sendable {
  /// Updates done so far, this one included.
  public internal(set) var step = 0
  /// Updates after which training ends.
  public internal(set) var steps: Int
  /// Passes over the data that have been begun.
  public internal(set) var epoch = 0
  /// Passes over the data that have been completed.
  public internal(set) var completedEpochs = 0
  /// Mean loss over the samples of this update.
  public internal(set) var loss: Float = 0
  /// Samples whose largest logit was the right class; nil for losses without classes.
  public internal(set) var correct: Int?
  /// Samples of this update.
  public internal(set) var samples = 0
  public internal(set) var learningRate: Float = 0
}
