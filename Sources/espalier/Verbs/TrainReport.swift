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
  /// `done`, `deadline` or `interrupted`.
  let ending: String
  /// On the data of `--eval`.
  let evaluations: [Evaluation]
  /// Elements of integer gradients at the end of their range, since the very beginning.
  let saturatedGradients: Int
  /// Times that a gradient's scale was measured anew.
  let remeasuredScales: Int
  /// Trained 8-bit weights at the end of their range now.
  let saturatedWeights: Int
  /// Steps that the spike guard kept from learning.
  let skippedSteps: Int

  var text: String {
    let loss = finalLoss.map { "loss \($0), " } ?? ""
    return "\(checkpoint): step \(grouped(steps)), \(loss)\(String(format: "%.2f", 1000 * secondsPerStep)) ms a step, "
      + "arena \(grouped(arenaHighWaterBytes)) of \(grouped(arenaBytes)) bytes written\n" + cutOff
  }

  /// What integer training has cut off, where it has.
  private var cutOff: String {
    var parts: [String] = []
    if saturatedWeights > 0 { parts.append("\(counted(saturatedWeights, "weight")) at the end of the range") }
    if saturatedGradients > 0 {
      parts.append(
        "\(counted(saturatedGradients, "element")) of gradients cut off, "
          + "\(counted(remeasuredScales, "scale")) measured anew"
      )
    }
    if skippedSteps > 0 { parts.append("\(counted(skippedSteps, "step")) skipped by the spike guard") }
    return parts.isEmpty ? "" : "integers: " + parts.joined(separator: "; ") + "\n"
  }
}
