import Espalier
import Foundation
import Report

/// The steps of `train`, with all that happens between them.
struct TrainLoop {
  enum Ending: String, Encodable { case done, deadline, interrupted }

  private var steps: TrainingRun
  let trainer: Trainer
  let judge: Samples?
  let checkpoint: String
  let every: Int?
  let deadline: Double?
  let common: CommonOptions

  private(set) var ending = Ending.done
  private let clock = ContinuousClock()
  private var losses: [Float] = []
  private var evaluations: [TrainReport.Evaluation] = []
  private var pass = Pass(epoch: 0, isEnded: true)
  private let bar: ProgressBar
  /// Seconds spent in steps.
  private var seconds = 0.0
  private let firstStep: Int

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
    steps: TrainingRun, trainer: Trainer, judge: Samples?, checkpoint: String, every: Int?, deadline: Double?,
    common: CommonOptions
  ) {
    self.steps = steps
    self.trainer = trainer
    self.judge = judge
    self.checkpoint = checkpoint
    self.every = every
    self.deadline = deadline
    self.common = common
    bar = ProgressBar(common)
    firstStep = trainer.step
  }

  /// Trains until everything is done, time is over or the user stops it, and writes the checkpoint.
  mutating func run() throws {
    Interrupt.watch()
    defer { bar.clear() }
    let start = clock.now
    while true {
      let begin = clock.now
      guard let step = try steps.next() else { break }
      seconds += (clock.now - begin) / .seconds(1)
      try note(step)
      if Interrupt.isRequested {
        ending = .interrupted
        break
      }
      if let deadline, step.step < steps.steps, (clock.now - start) / .seconds(1) + secondsPerStep > deadline {
        ending = .deadline
        break
      }
      if let every, step.step % every == 0, step.step < steps.steps, trainer.isSound {
        try trainer.writeCheckpoint(to: checkpoint)
      }
    }
    try trainer.writeCheckpoint(to: checkpoint)
    if ending != .interrupted && !pass.isEnded { try endPass() }
  }

  private var secondsPerStep: Double { losses.isEmpty ? 0 : seconds / Double(losses.count) }

  private mutating func note(_ step: TrainingReport) throws {
    if pass.isEnded { pass = Pass(epoch: step.epoch) }
    losses.append(step.loss)
    pass.loss += Double(step.loss) * Double(step.samples)
    pass.samples += step.samples
    if let correct = step.correct { pass.correct = (pass.correct ?? 0) + correct }
    common.detail("step \(step.step): loss \(step.loss), learning rate \(step.learningRate)")
    bar.show(step.step, of: steps.steps, first: firstStep, unit: "steps", pass.facts)
    if step.completedEpochs >= pass.epoch { try endPass() }
  }

  /// Says how the pass went, and judges the weights after it.
  private mutating func endPass() throws {
    bar.clear()
    pass.isEnded = true
    if pass.samples > 0 { common.note("epoch \(pass.epoch): \(pass.facts)") }
    guard let judge else { return }
    let evaluation: EvaluationReport
    do { evaluation = EvaluationReport(try trainer.evaluate(judge)) } catch {
      // What was learned is kept, whatever it gives for samples that it was not trained on.
      if trainer.isSound { try trainer.writeCheckpoint(to: checkpoint) }
      throw error
    }
    evaluations.append(.init(step: trainer.step, evaluation))
    common.note("step \(trainer.step): \(evaluation.text.trimmingCharacters(in: .newlines))")
  }

  func report() throws -> TrainReport {
    let counters = try trainer.counters()
    return TrainReport(
      steps: trainer.step, firstStep: firstStep, epochs: pass.epoch, losses: losses, finalLoss: losses.last,
      accuracy: pass.correct.map { Double($0) / Double(max(pass.samples, 1)) }, seconds: seconds,
      secondsPerStep: secondsPerStep, arenaBytes: trainer.plan.report.arenaBytes,
      arenaHighWaterBytes: trainer.arenaHighWaterBytes, checkpoint: checkpoint, ending: ending,
      evaluations: evaluations, saturatedGradients: counters.saturatedGradients,
      remeasuredScales: counters.remeasuredScales, saturatedWeights: counters.saturatedWeights,
      skippedSteps: counters.skippedSteps)
  }
}
