import ArgumentParser
import Espalier

/// A plan, and the trained values to put in it.
struct PlanArguments: ParsableArguments {
  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(help: ArgumentHelp("Trained values, as `espalier train` wrote them.", valueName: "file"))
  var checkpoint: String?

  /// A trainer with the values of the checkpoint, or those that the plan starts from.
  func trainer() throws -> Trainer {
    let trainer = try Trainer(Plan(path: plan))
    if let checkpoint { try trainer.restoreCheckpoint(from: checkpoint) }
    return trainer
  }
}
