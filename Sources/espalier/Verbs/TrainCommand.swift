import ArgumentParser
import CPlatform
import Espalier
import Foundation
import Runtime

/// `espalier train`: fine-tunes on samples and writes a checkpoint.
struct TrainCommand: ParsableCommand {
  static let configuration = verb(
    "train", "Trains a plan on samples and writes a checkpoint. Ctrl-C stops after the present step and writes it too.",
    "espalier train model.plan --data train.pack --epochs 3 --eval test.pack",
    "espalier train model.plan --data train.pack --steps 1000 --checkpoint model.ckpt --every 100 --resume")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(help: "Packed data, or .npz with x and y. Of data that was split, the training part is taken.")
  var data: String

  @Option(help: "Samples to judge by after each pass.")
  var eval: String?

  @Option(help: ArgumentHelp("Passes over the data, from the very beginning.", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Steps from the very beginning; those of the plan's schedule by default.", valueName: "n"))
  var steps: Int?

  @Option(help: "The checkpoint to write; by default the plan's name with .ckpt.")
  var checkpoint: String?

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Which of several plans all steps follow; by default they take turns.", valueName: "name"))
  var name: String?

  @Flag(help: "Goes on from the checkpoint, if it is there.")
  var resume = false

  @Flag(
    help: """
      Begins anew although the checkpoint is there, which becomes the one before. One of other data is renamed instead,
      unasked.
      """)
  var overwrite = false

  @Option(help: ArgumentHelp("Writes the checkpoint after so many steps, too.", valueName: "n"))
  var every: Int?

  @Option(help: ArgumentHelp("Ends before so much time is over.", valueName: "seconds"))
  var deadline: Double?

  @Option(help: ArgumentHelp("Decides order and augmentation.", valueName: "n"))
  var seed: UInt64?

  @Option(help: "Changes training pictures: flip, shift, flip,shift, or none.")
  var augment = AugmentArgument.none

  @Flag(help: "Takes the samples in the order of the file.")
  var noShuffle = false

  @OptionGroup var sharing: ThreadOption

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite contradict each other; give one.") }
    if epochs != nil && steps != nil { throw ValidationError("--epochs and --steps contradict each other; give one.") }
    for (name, value) in [("epochs", epochs), ("steps", steps), ("every", every)] {
      try checkCount("--" + name, value)
    }
    if let deadline, !(deadline > 0 && deadline <= 1e9) {
      throw ValidationError("--deadline must be above 0 and at most 1e9 seconds.")
    }
  }

  func run() throws {
    let output = try Output(checkpoint ?? replacingExtension(plan, by: "ckpt"), common, from: self.plan, data, eval)
    for suffix in CheckpointClaim.suffixes {
      try Output.refuse(output.path + suffix, over: [self.plan, data, eval])
    }
    guard !output.isStandardOutput else {
      throw Failure(.usage, "a checkpoint cannot go to standard output", advice: "name a file: --checkpoint FILE")
    }
    let plan = try Plan(path: plan)
    let trainer = try Trainer(plan)
    try sharing.use(by: trainer, usual: 1, common)
    // From here on no other training writes this checkpoint, until the process ends.
    let claim = try CheckpointClaim(output.path)
    defer { claim.release() }
    if resume { try restore(trainer, from: output.path) }
    if let name { try trainer.follow(name) }
    let samples = try common.samples(data, for: plan)
    let judge = try eval.map { try common.samples($0, for: plan) }
    try judge?.check(for: plan)
    let run = try trainer.run(on: samples, options)
    if !resume { try keepCheckpoint(at: output.path, of: plan, beside: samples) }
    if run.hasOtherData {
      common.note("\(output.path) was trained with other data: \(data) is begun with its first samples")
    }
    try claim.checkPlace()
    var loop = TrainLoop(
      run, pace(of: run, from: trainer.step), trainer: trainer, judging: judge, checkpoint: output.path, common: common)
    let ending = try loop.run()
    let report = try loop.report(ending)
    try common.report(report, report.text)
    if ending == .interrupted {
      throw Failure(
        .interrupted, "interrupted after step \(report.steps); \(output.path) is written",
        advice: "go on with the same command and --resume")
    }
  }

  private func pace(of run: TrainingRun, from step: Int) -> TrainingPace {
    var pace = TrainingPace(updates: UInt32(clamping: run.steps), firstStep: UInt32(step))
    pace.checkpointInterval = every.map { UInt32(clamping: $0) }
    if let deadline { pace.end = cp_nanoseconds() + nanoseconds(deadline) }
    return pace
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    if let epochs { options.extent = .epochs(epochs) }
    if let steps { options.extent = .steps(steps) }
    options.seed = seed
    options.shuffles = !noShuffle
    options.augmentation = augment.augmentation
    return options
  }
}

/// `flip`, `shift`, or both with a comma between.
struct AugmentArgument: ExpressibleByArgument {
  let augmentation: Augmentation

  static let none = AugmentArgument(augmentation: Augmentation())

  private init(augmentation: Augmentation) { self.augmentation = augmentation }

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard names.allSatisfy({ $0 == "flip" || $0 == "shift" }) || names == ["none"] else { return nil }
    augmentation = Augmentation(flips: names.contains("flip"), shifts: names.contains("shift"))
  }

  var defaultValueDescription: String { "none" }
}
