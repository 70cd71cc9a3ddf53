import ArgumentParser
import Espalier
import Foundation

extension ScoreKind: ExpressibleByArgument {}

/// What `espalier search` is told beside how the network is trained.
struct SearchArguments: ParsableArguments {
  @Argument(help: "An ONNX file: in integers, or in float with --mode f32.")
  var model: String

  @Option(help: "Packed data, or .npz with x and y. Of data that was split, the training part is trained on.")
  var data: String

  @Option(help: "Samples to judge by; those of the data that were kept apart by default.")
  var eval: String?

  @Option(help: "What choices are worth by: fisher, gradient, snr or contribution.")
  var score = ScoreKind.fisher

  @Option(help: ArgumentHelp("Caps to search at, from that of the head alone up to --cap.", valueName: "n"))
  var points = 5

  @Option(help: ArgumentHelp("Multiplications that a step may take.", valueName: "n"))
  var macBudget: Int?

  @Option(
    help: ArgumentHelp("Bytes that image and two checkpoints may take.", valueName: "size"),
    transform: ByteCount.argument)
  var flashBudget: Int?

  @Option(help: ArgumentHelp("Steps of a trial for --score contribution.", valueName: "n"))
  var trialSteps = 50

  @Option(help: ArgumentHelp("Seeds that policies are trained with, for the mean of their results.", valueName: "n"))
  var seeds = 1

  @Option(help: ArgumentHelp("Trials side by side; as many as the computer has cores by default.", valueName: "n"))
  var jobs: Int?

  @Option(help: ArgumentHelp("Runs trials on a Ray cluster: its address, or local.", valueName: "address"))
  var ray: String?

  @Option(help: ArgumentHelp("Folder of finished trials; beside the result by default.", valueName: "folder"))
  var cache: String?

  @Flag(help: "Searches only, without training the policies that were found.")
  var untrained = false

  @Option(
    help: ArgumentHelp(
      "Runs one trial of this policy file and prints what it came to; writes nothing.", valueName: "file"))
  var trial: String?

  /// What a search adds for the trials that it starts itself, with all of its own words before it.
  @Flag(help: .hidden) var asPart = false

  func validate() throws {
    let unused = [
      ("--cache", cache != nil), ("--ray", ray != nil), ("--jobs", jobs != nil), ("--untrained", untrained),
    ]
    if trial != nil, !asPart, let (name, _) = unused.first(where: \.1) {
      throw ValidationError("\(name) has no use for a single trial: leave out \(name), or --trial.")
    }
    for (name, value) in [
      ("points", points), ("trial-steps", trialSteps), ("seeds", seeds), ("jobs", jobs ?? 1),
      ("mac-budget", macBudget ?? 1),
    ] { try checkCount("--" + name, value, upTo: ["points", "seeds"].contains(name) ? 100 : 1 << 40) }
  }
}
