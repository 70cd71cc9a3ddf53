import Driver
import Support
import Testing

@testable import Espalier

struct TrainerTests {
  private let training: SmallTraining
  init() throws { training = try SmallTraining() }

  @Test func reportsArriveOneAnUpdate() async throws {
    let trainer = try Trainer(training.plan())
    var reports: [TrainingReport] = []
    for try await report in trainer.train(on: training.samples, epochs: 2) { reports.append(report) }
    #expect(reports.map(\.step) == Array(1...24) && reports.allSatisfy { $0.steps == 24 && $0.samples == 4 })
    #expect(reports.map(\.completedEpochs) == [Int](repeating: 0, count: 11) + [Int](repeating: 1, count: 12) + [2])
    #expect(trainer.step == 24)
    let again = try Trainer(training.plan())
    #expect(try again.losses(on: training.samples, steps: 24) == reports.map(\.loss))
  }

  @Test func aCancelledTaskStopsBetweenSteps() async throws {
    let trainer = try Trainer(training.plan())
    let samples = training.samples
    let task = Task {
      for try await report in trainer.train(on: samples, epochs: 1_000_000) where report.step == 5 {
        withUnsafeCurrentTask { $0?.cancel() }
      }
    }
    try await task.value
    #expect(trainer.step == 5)
  }

  @Test(arguments: ["full", "bias", "head", "last-2"])
  func theArenaIsUsedToItsLastByteAndNoFurther(policy: String) throws {
    for optimizer in [OptimizerKind.sgd, .momentum] {
      let plan = try training.plan(.preset(policy)) { $0.optimizer = optimizer }
      let trainer = try Trainer(plan)
      _ = try trainer.losses(on: training.samples, steps: 2)
      #expect(trainer.arenaHighWaterBytes == plan.report.arenaBytes)
    }
  }

  /// A variable for each tensor the policy trains, all of them moved, and none besides.
  @Test(arguments: ["full", "bias", "head", "last-2", "region"])
  func everyTrainedTensorMovesAndNoOther(policy: String) throws {
    let plan = try training.plan(policy == "region" ? SmallTraining.regionPolicy : .preset(policy))
    let trainer = try Trainer(plan)
    let before = try trainer.variables()
    _ = try trainer.losses(on: training.samples, steps: 3)
    let after = try trainer.variables()
    #expect(Set(before.keys) == Set(plan.metadata.parameters.map(\.variable)))
    for (name, old) in before { #expect(old != after[name], "\(name)") }
  }

  @Test func aCheckpointRestoresEverything() throws {
    let plan = try training.plan { $0.optimizer = .momentum }
    let trainer = try Trainer(plan)
    _ = try trainer.losses(on: training.samples, steps: 7)
    try trainer.writeCheckpoint(to: training.scratch.file("c.ckpt"))
    let other = try Trainer(plan)
    try other.restoreCheckpoint(from: training.scratch.file("c.ckpt"))
    #expect(other.step == 7)
    #expect(try other.losses(on: training.samples, steps: 20) == trainer.losses(on: training.samples, steps: 20))
    #expect(try other.bytes(in: training.scratch) == trainer.bytes(in: training.scratch))
    #expect(try other.evaluate(training.samples) == trainer.evaluate(training.samples))
  }

  @Test func targetsAreTrainedAndJudgedToo() throws {
    try training.scratch.writeTargets("t.npz", outputs: 3)
    let samples = try Samples(path: training.scratch.file("t.npz"))
    let trainer = try Trainer(training.plan { $0.loss = .mse })
    let before = try trainer.evaluate(samples)
    _ = try trainer.losses(on: samples, steps: 60)
    let after = try trainer.evaluate(samples)
    #expect(before.accuracy == nil && after.confusion.isEmpty && after.samples == 48)
    #expect(try #require(after.meanSquaredError) < 0.5 * #require(before.meanSquaredError))
    #expect(throws: EspalierError.self) { try trainer.evaluate(training.samples) }
  }
}
