import Foundation
import Report

/// What `train` prints.
struct TrainReport: Encodable {
  struct Evaluation: Encodable {
    let step: Int
    let samples: Int
    @OrNull var accuracy: Double?
    @OrNull var meanSquaredError: Double?

    init(step: Int, _ report: EvaluationReport) {
      self.step = step
      samples = report.samples
      accuracy = report.accuracy
      meanSquaredError = report.meanSquaredError
    }
  }

  let schema = 1
  /// Steps done since the very beginning.
  let steps: Int
  /// Steps that had been done before this run.
  let firstStep: Int
  /// Passes over the data that were begun.
  let epochs: Int
  /// One a step of this run.
  let losses: [Float]
  @OrNull var finalLoss: Float?
  /// Share of right answers on the training samples of the last pass, each before its step; null for targets.
  @OrNull var accuracy: Double?
  /// Time in steps alone.
  let seconds: Double
  let secondsPerStep: Double
  let arenaBytes: Int
  let arenaHighWaterBytes: Int
  let checkpoint: String
  let ending: TrainLoop.Ending
  /// On the data of `--eval`.
  let evaluations: [Evaluation]

  var text: String {
    let loss = finalLoss.map { "loss \($0), " } ?? ""
    return "\(checkpoint): step \(grouped(steps)), \(loss)\(String(format: "%.2f", 1000 * secondsPerStep)) ms a step, "
      + "arena \(grouped(arenaHighWaterBytes)) of \(grouped(arenaBytes)) bytes written\n"
  }
}
