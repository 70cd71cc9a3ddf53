/// What training has come to so far; travels with a checkpoint.
public struct TrainingStatistics: BitwiseCopyable, Equatable, Sendable {
  /// Samples that steps were run on, those of later passes counted again.
  public var samples: UInt64 = 0
  /// Samples of these whose largest logit was the right class.
  public var correct: UInt64 = 0
  /// Sum of the samples' losses.
  public var loss: Double = 0
  /// The best share of right classes that an evaluation found, in millionths.
  public var bestAccuracy: UInt32 = 0
  /// Evaluations since that one.
  public var evaluationsSinceBest: UInt32 = 0

  public init() {}

  mutating func add(_ report: StepReport) {
    samples &+= UInt64(truncatingIfNeeded: report.samples)
    correct &+= UInt64(truncatingIfNeeded: report.correct ?? 0)
    loss += Double(report.loss) * Double(report.samples)
  }

  /// Notes an evaluation; true where it is better than all before.
  public mutating func note(_ score: Score) -> Bool {
    let accuracy = UInt32(truncatingIfNeeded: score.correct &* 1_000_000 / max(score.samples, 1))
    let isBest = accuracy > bestAccuracy
    bestAccuracy = max(bestAccuracy, accuracy)
    evaluationsSinceBest = isBest ? 0 : evaluationsSinceBest &+ 1
    return isBest
  }
}
