import ArgumentParser
import Espalier

/// A plan, and the checkpoint of a training with it.
struct TrainedPlan: ParsableArguments {
  @Argument(help: "The plan that the checkpoint was trained with.")
  var plan: String
  @Argument(help: "A checkpoint.")
  var checkpoint: String

  /// The training as the checkpoint left it.
  func trainer(_ common: CommonOptions) throws -> Trainer { try Trainer.open(plan, checkpoint, common) }
}
