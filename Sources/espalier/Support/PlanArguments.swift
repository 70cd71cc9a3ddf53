import ArgumentParser
import Espalier

/// A plan, and the trained values to put in it.
struct PlanArguments: ParsableArguments {
  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(help: ArgumentHelp("Trained values, as `espalier train` wrote them.", valueName: "file"))
  var checkpoint: String?

  /// A trainer with the values of the checkpoint, or those that the plan starts from.
  func trainer(_ common: CommonOptions) throws -> Trainer {
    try Trainer.open(plan, checkpoint, common)
  }
}

extension Trainer {
  /// A plan's trainer with the values of a checkpoint where there is one.
  static func open(_ plan: String, _ checkpoint: String?, _ common: CommonOptions) throws -> Trainer {
    let trainer = try Trainer(Plan(path: plan))
    if let checkpoint { try trainer.restore(from: checkpoint, common) }
    return trainer
  }

  /// Takes over a checkpoint, and says so where it had to be the one before.
  func restore(from path: String, _ common: CommonOptions) throws {
    guard let passedOver = try restoreCheckpoint(from: path) else { return }
    common.note("\(passedOver.failure.text); taken instead: \(path).previous, after step \(step)")
  }
}
