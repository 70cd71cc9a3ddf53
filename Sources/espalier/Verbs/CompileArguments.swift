import ArgumentParser
import Driver
import Espalier
import Foundation
import Quantize

/// Options of `compile`, which become `CompileOptions`.
struct CompileArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Name of a target, or path of a board.json.", valueName: "name"))
  var target = Target.host.name

  @Option(
    help: ArgumentHelp(
      "Memory that training may take: a size, auto (as few bytes as come cheap) or none.", valueName: "size"))
  var cap = CapArgument.target

  @Option(
    help: ArgumentHelp(
      "First layers in patches: auto (as the cap asks), none, or 2x2, and 2x2:8 for the first 8.", valueName: "grid"))
  var patch = PatchArgument.auto

  @Option(help: "Samples for patches: copied to the arena, in-place (read where they lie), or auto (as the cap asks).")
  var samples = SampleOption.automatic

  @Option(help: "Forward values computed a second time instead of kept: auto (as the cap asks) or none.")
  var recompute = RecomputeOption.automatic

  @Option(
    help: ArgumentHelp(
      "What is kept of inputs for weight gradients: auto (all, as far as the cap allows), none (all), or "
        + CodecOption.names.joined(separator: ", ") + " wherever it can be.", valueName: "name"))
  var codec = CodecArgument.auto

  @Option(help: "Forward values that wait for backward in a file: auto (where nothing else fits the cap) or none.")
  var page = PageOption.automatic

  @Option(help: "Number format: i8, i8t, i16g, i8f, auto (chosen layer by layer), or f32 for floats.")
  var mode = NumberMode.i8

  @Option(
    help: ArgumentHelp(
      "What is trained: \(UpdatePolicy.presets.joined(separator: ", ")), last-<k>, half:<seed>, part-<i>-of-<k>, a policy file, or front.json#3 of a search; full by default.",
      valueName: "name|file"))
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "Several plans in one image, which take turns: cycle-<k> (layers in k parts), halves-<k>, or a JSON file.",
      valueName: "name|file"))
  var plans: String?

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("Result of the model that is trained; the first unless told otherwise.", valueName: "name"))
  var result: String?

  @Option(help: ArgumentHelp("Replaces the classifier by a new one with so many outputs.", valueName: "n"))
  var classes: Int?

  @Option(help: "cross-entropy or mse.")
  var loss = LossKind.crossEntropy

  @Option(help: ArgumentHelp("Share of the right class's probability spread over all classes.", valueName: "x"))
  var labelSmoothing: Float = 0

  @Option(help: "sgd, momentum, lion or adam.")
  var optimizer = OptimizerKind.sgd

  @Option(name: .customLong("lr"), help: ArgumentHelp("Learning rate.", valueName: "x"))
  var learningRate: Float = 0.01

  @Option(help: ArgumentHelp("Share of the old velocity that momentum keeps.", valueName: "x"))
  var momentum: Float = 0.9

  @Option(help: ArgumentHelp("Share of each weight added to its gradient.", valueName: "x"))
  var weightDecay: Float = 0

  @Option(help: "Fractions of a step on integer weights: stochastic, nearest or truncate.")
  var rounding = RoundingKind.stochastic

  @Option(help: "Steps of integer weights: dequantized (quantization-aware scaling) or plain.")
  var gradientScaling = GradientScaling.dequantized

  @Option(help: ArgumentHelp("Largest norm of a tensor's gradient in integer modes; 0 is no limit.", valueName: "x"))
  var clipGradients: Float = 0

  @Option(help: ArgumentHelp("Losses above x times their mean teach nothing; 0 lets all pass.", valueName: "x"))
  var spikeGuard: Float = 0

  @Option(help: ArgumentHelp("JSON file with number formats of single layers' gradients.", valueName: "file"))
  var formats: String?

  @Option(help: "How the learning rate falls: constant, linear, cosine or rex.")
  var schedule = ScheduleKind.constant

  @Option(help: ArgumentHelp("Steps over which the learning rate rises from zero.", valueName: "n"))
  var warmup = 0

  @Option(help: ArgumentHelp("Steps that the learning-rate schedule covers.", valueName: "n"))
  var steps = 1000

  @Option(help: ArgumentHelp("Samples of one pass through the network.", valueName: "n"))
  var batch = 1

  @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "n"))
  var accumulate = 1

  @Option(help: ArgumentHelp("Shape of the input where the model leaves it open: 1x3x96x96.", valueName: "shape"))
  var inputShape: ShapeArgument?

  @Option(
    help: ArgumentHelp(
      "Samples to quantize a model in float with, for integer modes; compile writes it as <plan>.int8.onnx beside the plan.",
      valueName: "data"))
  var calibrationData: String?

  @Option(
    help: ArgumentHelp(
      "Ranges of activations then: minmax, percentile or mse (least squared error); \(QuantizeOptions().calibration.rawValue) by default."
    ))
  var calibration: Calibration?

  @Option(help: ArgumentHelp("Seed of the new classifier.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Stops after a stage and prints its result: \(CompileStage.list).", valueName: "stage"))
  var stopAfter: CompileStage?

  @Flag(name: .customLong("keep-batchnorm"), help: "Trains batch normalizations instead of folding them.")
  var keepBatchNorm = false

  /// The options, with the policy file read.
  ///
  /// - Throws: `OptionError`, `Failure`, `EspalierError`.
  func options(_ target: Target) throws -> CompileOptions {
    var options = CompileOptions()
    options.mode = mode
    options.policy = try policySource(policy ?? "full")
    options.plans = try planSchedule()
    options.output = result
    options.classes = classes
    options.loss = loss
    options.labelSmoothing = labelSmoothing
    options.optimizer = optimizer
    options.learningRate = learningRate
    options.momentum = momentum
    options.weightDecay = weightDecay
    options.rounding = rounding
    options.scalesGradients = gradientScaling == .dequantized
    options.clipGradients = clipGradients
    options.spikeGuard = spikeGuard
    options.formats = try formats.map { try GradientFormats(json: readFile($0), path: $0) }
    options.schedule = schedule
    options.warmup = warmup
    options.steps = steps
    options.batch = batch
    options.accumulate = accumulate
    options.inputShape = inputShape?.sizes
    options.seed = seed
    options.cap = cap.cap
    options.patches = patch.option
    options.samples = samples
    options.recompute = recompute
    options.codec = codec.option
    options.paging = page
    (options.target, options.machine) = (target.name, target.machine)
    options.targetCap = target.capBytes
    options.keepBatchNorm = keepBatchNorm
    options.stopAfter = stopAfter
    try options.validate()
    if let calibrationData, mode == .f32 {
      throw OptionError(option: "calibration-data", value: calibrationData, expected: "an integer mode: --mode i8")
    }
    if let calibration, calibrationData == nil {
      throw OptionError(
        option: "calibration", value: calibration.rawValue, expected: "it together with --calibration-data DATA")
    }
    if mode == .auto, calibrationData == nil {
      throw OptionError(option: "mode", value: "auto", expected: "--calibration-data to judge formats by beside auto")
    }
    return options
  }
}

extension CompileArguments {
  /// Options that not every verb with a training has a use for.
  enum Special: String {
    case policy, plans, cap
    case mode = "mode auto"
    case stopAfter = "stop-after"
  }

  /// Refuses what a verb would do nothing with.
  ///
  /// - Parameter reason: why, behind the option.
  func refuse(_ options: Special..., because reason: String) throws(Failure) {
    for option in options where isGiven(option) {
      throw Failure(.usage, "--\(option.rawValue) has no use here: \(reason)", advice: "leave it out")
    }
  }

  private func isGiven(_ option: Special) -> Bool {
    switch option {
    case .policy: policy != nil
    case .plans: plans != nil
    case .cap: cap.cap != .target && cap.cap != .none
    case .mode: mode == .auto
    case .stopAfter: stopAfter != nil
    }
  }
}
