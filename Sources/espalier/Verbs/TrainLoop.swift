import Espalier
import Foundation
import Report
import Runtime

/// The training of `train`, with all that happens between its updates.
struct TrainLoop {
  private var updates: TrainingRun
  let trainer: Trainer
  /// The samples to judge by.
  let judging: Samples?
  let checkpoint: String
  let common: CommonOptions
  var pace: TrainingPace

  private var losses: [Float] = []
  private var evaluations: [TrainReport.Evaluation] = []
  private var pass = Pass(epoch: 0, isEnded: true)
  private let bar: ProgressBar

  /// What has been seen of the samples of one pass.
  private struct Pass {
    let epoch: Int
    var isEnded = false
    var loss = 0.0
    var correct: Int?
    var samples = 0

    var facts: String {
      let share = correct.map { "  accuracy " + percent(Double($0) / Double(max(samples, 1))) } ?? ""
      return String(format: "loss %.4f", loss / Double(max(samples, 1))) + share
    }
  }

  init(
    _ updates: TrainingRun, _ pace: TrainingPace, trainer: Trainer, judging: Samples?, checkpoint: String,
    common: CommonOptions
  ) {
    self.updates = updates
    self.pace = pace
    self.trainer = trainer
    self.judging = judging
    self.checkpoint = checkpoint
    self.common = common
    bar = ProgressBar(common)
  }

  /// Trains until everything is done, time is over or the user stops it, and writes the checkpoint.
  mutating func run() throws -> TrainingEnding {
    Interrupt.watch()
    defer { bar.clear() }
    let ending = try train()
    if ending != .interrupted && !pass.isEnded { try end(pass: pass.epoch) }
    return ending
  }

  /// Says how the pass went, and judges the weights after it.
  private mutating func end(pass epoch: Int) throws {
    bar.clear()
    pass.isEnded = true
    if pass.samples > 0 { common.note("epoch \(epoch): \(pass.facts)") }
    guard let judging else { return }
    let evaluation: EvaluationReport
    do { evaluation = EvaluationReport(try trainer.evaluate(judging)) } catch {
      // What was learned is kept, whatever it gives for samples that it was not trained on.
      if trainer.isSound { try trainer.writeCheckpoint(to: checkpoint) }
      throw error
    }
    evaluations.append(.init(step: trainer.step, evaluation))
    common.note("step \(trainer.step): \(evaluation.text.trimmingCharacters(in: .newlines))")
  }

  func report(_ ending: TrainingEnding) throws -> TrainReport {
    let counters = try trainer.counters()
    return TrainReport(
      steps: trainer.step, firstStep: Int(pace.firstStep), epochs: pass.epoch, losses: losses, finalLoss: losses.last,
      accuracy: pass.correct.map { Double($0) / Double(max(pass.samples, 1)) }, seconds: seconds(pace.spent),
      secondsPerStep: pace.secondsPerUpdate(after: step), arenaBytes: trainer.plan.report.arenaBytes,
      arenaHighWaterBytes: trainer.arenaHighWaterBytes, checkpoint: checkpoint, ending: String(ending.name),
      evaluations: evaluations, saturatedGradients: counters.saturatedGradients,
      remeasuredScales: counters.remeasuredScales, saturatedWeights: counters.saturatedWeights,
      skippedSteps: counters.skippedSteps)
  }
}

extension TrainLoop: TrainingLoop {
  typealias Fault = any Error

  var step: UInt32 { UInt32(trainer.step) }
  var completedEpochs: Int { updates.completedEpochs }
  var isStopRequested: Bool { Interrupt.isRequested }
  var isSound: Bool { trainer.isSound }

  mutating func update() throws -> TrainingReport? { try updates.next() }

  mutating func tell(_ step: TrainingReport, nanoseconds: UInt64) {
    if pass.isEnded { pass = Pass(epoch: step.epoch) }
    losses.append(step.loss)
    pass.loss += Double(step.loss) * Double(step.samples)
    pass.samples += step.samples
    if let correct = step.correct { pass.correct = (pass.correct ?? 0) + correct }
    common.detail("step \(step.step): loss \(step.loss), learning rate \(step.learningRate)")
    bar.show(step.step, of: step.steps, first: Int(pace.firstStep), unit: "steps", pass.facts)
  }

  mutating func judge() throws -> TrainingEnding? {
    try end(pass: completedEpochs)
    return nil
  }

  mutating func write() throws { try trainer.writeCheckpoint(to: checkpoint) }

  /// A computer cools itself.
  mutating func pause() {}
}
