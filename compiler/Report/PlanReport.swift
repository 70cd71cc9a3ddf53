/// Everything `compile --json` and `inspect --json` print about a plan; all sizes in bytes.
///
/// JSON keys are the names in `snake_case`; see `CodingKeys`.
public struct PlanReport: Codable, Hashable, Sendable {
  /// A tensor that a step updates.
  public struct TrainedTensor: Codable, Hashable, Sendable {
    public var name: String
    /// What it is to its operator: `weight`, `bias` or `scale`.
    public var kind: String
    public var shape: [Int]
    public var mode: String
    /// First trained channel and the one behind the last; nil when all are.
    @OrNull public var region: [Int]?
    /// First trained output of a region and the one after the last; nil where it has all of them.
    public var rows: [Int]?
    /// What the values are, where they are not those of the file's tensor of that name: `folded` or `copy`.
    public var standsFor: String?

    public static let folded = "the convolution's with its normalization multiplied in"
    public static let copy = "a copy for one operation of a tensor that several read"

    public init(
      name: String, kind: String, shape: [Int], mode: String, region: [Int]? = nil, rows: [Int]? = nil,
      standsFor: String? = nil
    ) {
      self.name = name
      self.kind = kind
      self.shape = shape
      self.mode = mode
      self.region = region
      self.rows = rows
      self.standsFor = standsFor
    }

    enum CodingKeys: String, CodingKey {
      case name, kind, shape, mode, region, rows
      case standsFor = "stands_for"
    }
  }

  /// A tensor of the file that no policy trains.
  public struct Untrained: Codable, Hashable, Sendable {
    public var name: String
    /// Goes on from the name: `is an operand of y (mul), ...`.
    public var reason: String

    public init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  /// A trained tensor that stands for something else than the file's tensor of that name.
  public struct StandIn: Codable, Hashable, Sendable {
    public var name: String
    /// As in `TrainedTensor`.
    public var standsFor: String

    public init(name: String, standsFor: String) {
      self.name = name
      self.standsFor = standsFor
    }

    enum CodingKeys: String, CodingKey {
      case name
      case standsFor = "stands_for"
    }
  }

  /// A tensor of the arena.
  public struct Tensor: Codable, Hashable, Sendable {
    public var name: String
    public var bytes: Int
    public var dtype: String
  }

  /// One operation of the training program.
  public struct Step: Codable, Hashable, Sendable {
    /// From 0, in the order they run.
    public var index: Int
    public var `operator`: String
    public var name: String
    /// Bytes of the arena in use while it runs, variables and interpreter state included.
    public var bytesLive: Int
    public var inputs: [String]
    public var output: Tensor
    /// Which kernel the plan was made for: `plain`, or `tiles`.
    public var variant: String
    /// Bytes of working memory that the kernel is given, some of which may lie idle otherwise: `bytesLive` counts those
    /// that it needs.
    public var scratchBytes: Int
    /// Multiply-accumulates; those of all steps are `macsForward`, `macsBackward` and `macsUpdate`.
    public var macs: Int

    enum CodingKeys: String, CodingKey {
      case index, `operator`, name, inputs, output, variant, macs
      case bytesLive = "bytes_live"
      case scratchBytes = "scratch_bytes"
    }
  }

  /// Bytes in use at the peak step by what they are for; their sum is at most `arenaBytes`.
  public struct BytesByClass: Codable, Hashable, Sendable {
    public var weights = 0
    /// Forward values that the backward pass reads.
    public var saved = 0
    public var gradients = 0
    public var state = 0
    public var scratch = 0
    /// Inputs, labels and results.
    public var io = 0
    public var control = 0
    /// Forward values that nothing but the forward pass reads.
    public var activations = 0

    public init() {}

    public var sum: Int { weights + saved + gradients + state + scratch + io + control + activations }
  }

  public var schema = 1
  public var arenaBytes: Int
  @OrNull public var capBytes: Int?
  /// Frozen weights in the mapped image.
  public var residentBytes: Int
  public var bytesByClass: BytesByClass
  public var lbSchedule: Int
  public var lbOrder: Int
  public var lbOperator: Int
  public var peakStep: Int
  public var steps: Int
  public var macsForward: Int
  public var macsBackward: Int
  public var macsUpdate: Int
  /// Empty where the network is computed as a whole.
  public var patches: [PatchStage]
  /// Samples are read where they lie, and never whole in the arena.
  public var readsInPlace: Bool
  /// Nil where every update comes after the gradients that read its weight.
  @OrNull public var oldWeights: OldWeights?
  /// Nil where backward reads what forward kept.
  @OrNull public var recomputation: Recomputation?
  /// Empty where all is kept, and gradients are exact.
  public var codecs: [Codec]
  /// Nil where everything is kept in memory.
  @OrNull public var paging: Paging?
  /// The step as a whole, and what each measure made of it, in the order they were taken; empty without any.
  public var savings: [Saving]
  /// The plans of the image where it has several; what else stands here is of the one that takes the most bytes.
  public var plans: [Alternate]
  /// Elements that a step updates; where there are several plans, those that one of them does.
  public var trainedParameters: Int
  public var trainedTensors: [TrainedTensor]
  /// Trained tensors that the file has no place for, and that get an initializer of their own at export; nil without
  /// any.
  public private(set) var newInitializers: [String]?
  /// Tensors of the file that no policy trains.
  public var untrained: [Untrained]
  /// The result of the model that is trained.
  public var output: String
  /// What was chosen without being asked for, a sentence each.
  public var notes: [String]
  public var opcodes: [String]
  public var mode: String
  public var policy: String
  public var digest: String
  public var imageBytes: Int
  /// Saved tensors: what the forward pass keeps for the backward pass, in the order it is computed.
  public var savedTensors: [Tensor]
  public var savedBytes: Int
  /// What is in use at the peak step, largest first.
  public var peakTensors: [Tensor]
  public var stepTable: [Step]

  enum CodingKeys: String, CodingKey {
    case schema, steps, patches, recomputation, codecs, paging, savings, plans, opcodes, mode, policy, digest
    case untrained, output, notes
    case arenaBytes = "arena_bytes"
    case capBytes = "cap_bytes"
    case residentBytes = "resident_bytes"
    case bytesByClass = "bytes_by_class"
    case lbSchedule = "lb_schedule"
    case lbOrder = "lb_order"
    case lbOperator = "lb_operator"
    case peakStep = "peak_step"
    case macsForward = "macs_forward"
    case macsBackward = "macs_backward"
    case macsUpdate = "macs_update"
    case readsInPlace = "reads_in_place"
    case oldWeights = "old_weights"
    case trainedParameters = "trained_parameters"
    case trainedTensors = "trained_tensors"
    case newInitializers = "new_initializers"
    case imageBytes = "image_bytes"
    case savedTensors = "saved_tensors"
    case savedBytes = "saved_bytes"
    case peakTensors = "peak_tensors"
    case stepTable = "step_table"
  }
}

extension PlanReport {
  /// Notes which of the trained tensors, or of those whose outputs have trained factors, have none in the file.
  ///
  /// - Parameter scaled: the weights whose outputs factors multiply, by the factors' names.
  public mutating func nameInitializers(_ withoutTensor: Set<String>, _ scaled: [String: String]) {
    let trained = trainedTensors.flatMap { tensor in
      tensor.kind == "scale" ? [tensor.name, scaled[tensor.name]].compactMap(\.self) : [tensor.name]
    }
    let names = trained.filter(withoutTensor.contains)
    newInitializers = names.isEmpty ? nil : names
  }
}

/// What a report says beside memory; whoever drives the compilation knows it.
public struct PlanFacts: Sendable {
  public var capBytes: Int?
  public var residentBytes = 0
  public var patches: [PlanReport.PatchStage] = []
  public var readsInPlace = false
  public var oldWeights: PlanReport.OldWeights?
  public var recomputation: PlanReport.Recomputation?
  public var codecs: [PlanReport.Codec] = []
  public var paging: PlanReport.Paging?
  public var trainedParameters = 0
  public var trainedTensors: [PlanReport.TrainedTensor] = []
  public var untrained: [PlanReport.Untrained] = []
  public var output = ""
  public var notes: [String] = []
  public var opcodes: [String] = []
  public var mode = ""
  public var policy = ""
  public var digest = ""
  public var imageBytes = 0
  /// Of each step; none stands for plain kernels throughout.
  public var variants: [String] = []

  public init() {}
}
