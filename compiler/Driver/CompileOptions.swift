import IR
import ONNX
import Operators

/// Everything `compile` is told beside the model; the defaults are those of the command line but for the mode, which is
/// float, since a network traced from Swift has no integers.
///
/// Equal model and equal options give equal bytes.
public struct CompileOptions: Hashable, Sendable {
  public var mode = NumberMode.f32
  public var policy = PolicySource.preset("full")
  /// Several plans in one image, each with a policy of its own; nil is one, with `policy`.
  public var plans: PlanRotation?
  /// Branches that the policies train, which no file has yet.
  var liteResiduals: [TinyTLResidual] = []
  /// The result of the model that is trained; nil is the first.
  public var output: String?
  /// Outputs of a new classifier that replaces the model's own; nil keeps that one.
  public var classes: Int?
  public var loss = LossKind.crossEntropy
  /// Share of the target's probability that is spread over all classes, 0 up to but not including 1.
  public var labelSmoothing: Float = 0

  public var optimizer = OptimizerKind.sgd
  public var learningRate: Float = 0.01
  /// Share of the old velocity that `momentum` keeps, 0 up to but not including 1.
  public var momentum: Float = 0.9
  public var weightDecay: Float = 0
  /// What becomes of fractions of a step on integer weights.
  public var rounding = RoundingKind.stochastic
  /// Whether steps of integer weights follow the gradient of their real values (quantization-aware scaling), or that of
  /// the integers themselves.
  public var scalesGradients = true
  /// Largest norm of the gradient of one tensor in integer modes; 0 is no limit.
  public var clipGradients: Float = 0
  /// Losses above this many times their running mean, and those that are no number, teach nothing; 0 lets all pass.
  public var spikeGuard: Float = 0
  /// Formats of the gradients of single layers; the others have that of the mode.
  public var formats: GradientFormats?
  public var schedule = ScheduleKind.constant
  /// Updates over which the learning rate rises linearly from zero.
  public var warmup = 0
  /// Updates that the learning-rate table covers; later ones use its last entry.
  public var steps = 1000

  /// Samples in one micro-batch.
  public var batch = 1
  /// Gradient accumulation: micro-batches whose gradients are averaged into one update.
  public var accumulate = 1
  /// Shape of the model's input in the ONNX file's own layout, batch included; nil where the file fixes it.
  public var inputShape: [Int]?
  /// Seed of the new head.
  public var seed: UInt64 = 0

  public var cap = MemoryCap.target
  /// Whether the leading blocks are computed in patches.
  public var patches = PatchOption.automatic
  /// Rematerialization: whether backward recomputes forward values.
  public var recompute = RecomputeOption.automatic
  /// How saved tensors are compressed for the weight gradients.
  public var codec = CodecOption.automatic
  /// Whether saved tensors and optimizer state may be paged out to a file.
  public var paging = PageOption.automatic
  /// Whether these are the options of a change that may be suggested: few plans are tried, and where none of them fits
  /// there is none.
  var isSuggestion = false
  /// Whether patches may be read where the samples lie, which those that pass by do not allow.
  public var samples = SampleOption.automatic
  /// Name of a folder of `targets/`.
  public var target = "host"
  /// What of it kernels are chosen by.
  public var machine = TargetMachine.vectors
  /// The target's own cap, where it has one.
  public var targetCap: Int?

  /// Keeps BatchNorm and trains it with batch statistics, instead of folding it into the convolution.
  public var keepBatchNorm = false
  /// Last stage to run; its result is printed instead of an image.
  public var stopAfter: CompileStage?

  public init() {}

  /// Bytes the arena may have; nil is no limit.
  public var capBytes: Int? {
    switch cap {
    case .target, .auto: targetCap
    case .none: nil
    case .bytes(let bytes): bytes
    }
  }
}

/// Number format of training; see the ladder in the numerics guide.
public enum NumberMode: String, Sendable, CaseIterable {
  case f32, i8f, i16g, i8, i8t, auto
}

extension NumberMode {
  /// Weights and activations are int8.
  public var isInteger: Bool { self != .f32 }

  /// Format of the gradients of activations.
  var gradients: GradientFormats.Format {
    switch self {
    case .f32, .i8f: .f32
    case .i16g: .i16
    case .i8, .i8t, .auto: .i8
    }
  }
}

/// How the step of an integer weight is rounded.
public enum RoundingKind: String, Sendable, CaseIterable {
  case stochastic, nearest, truncate
}

/// Where the update policy comes from.
public enum PolicySource: Hashable, Sendable {
  /// See `UpdatePolicy.preset`.
  case preset(String)
  /// The bytes of a policy file, and its path for messages.
  case document([UInt8], path: String)
}

public enum LossKind: String, Sendable, CaseIterable {
  case crossEntropy = "cross-entropy"
  case mse
}

public enum OptimizerKind: String, Sendable, CaseIterable {
  case sgd, momentum, lion, adam
}

/// How the learning rate falls over the steps.
public enum ScheduleKind: String, Sendable, CaseIterable {
  case constant, linear, cosine, rex
}

/// Bytes the arena may have.
public enum MemoryCap: Hashable, Sendable {
  /// The target's own cap.
  case target
  /// Where fewer bytes become dear: the knee of the frontier, or the target's own cap where that is less.
  case auto
  case none
  case bytes(Int)
}

/// Stages whose result can be printed, in the order they run.
public enum CompileStage: String, Sendable, CaseIterable {
  case `import`, head, quantize, select, differentiate, passes, schedule, place, emit
}
