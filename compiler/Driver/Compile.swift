import Differentiate
import Emit
import IR
import ONNX
import Operators
import Passes
import Report
import Runtime
import Schedule
import Select

/// A finished plan.
public struct Compilation: Sendable {
  /// The bytes of the image; equal model and equal options give equal bytes.
  public var image: [UInt8]
  public var report: PlanReport
}

public enum CompileResult: Sendable {
  case plan(Compilation)
  /// The text of the stage that `stopAfter` names: IR, policy, step table or summary.
  case text(String)
}

/// Compiles a model's training step under a memory cap.
///
/// - Throws: what is wrong with the request: `OptionError`, `ImportError`, `ModelError`, `HeadError`, `PolicyError`,
///   `DifferentiateError`, `OverCap`. Anything else is a defect of the compiler.
public func compile(_ model: ONNXModel, _ options: CompileOptions) throws -> CompileResult {
  try compile(options) { options in try Network(model, options) }
}

/// Compiles the training step of a traced network; the batch is that of its input.
///
/// - Throws: as for a model.
public func compile(traced graph: Graph, _ options: CompileOptions) throws -> CompileResult {
  try compile(options) { _ in try Network(traced: graph) }
}

private func compile(
  _ options: CompileOptions, _ load: @escaping (CompileOptions) throws -> Network
) throws -> CompileResult {
  try options.validate()
  let planned: PlannedImage
  switch try planImage(load, options, stop: options.stopAfter) {
  case .stopped(let text): return .text(text)
  case .planned(let result): planned = result
  }
  var reports = try planned.reports(options)
  if let cap = options.capBytes, reports.image.arenaBytes > cap {
    let suggestions = suggest(families(planned.largest, options, load), cap: cap)
    throw OverCap(reports.image, cap: cap, suggestions: suggestions)
  }
  reports.image.savings = try planned.largest.savings()
  if options.stopAfter == .schedule { return .text(reports.image.stepText) }
  if options.stopAfter == .place { return .text(reports.image.summaryText) }
  let image = try emit(planned, options, reports)
  var report = reports.image
  report.digest = image.digest.hexadecimal
  report.imageBytes = image.bytes.count
  return .plan(Compilation(image: image.bytes, report: report))
}

/// What stages come to, or the text of the one that was the last to run.
enum Planning<Result> {
  case stopped(String)
  case planned(Result)
}

/// The stages from the model to the arena, with the way to compute the step that the options ask for.
func plan(
  _ load: (CompileOptions) throws -> Network, _ options: CompileOptions, stop: CompileStage? = nil
) throws -> Planning<Planned> {
  try plan(load, options, stop: stop) { whole, plan in try chooseVariant(whole, options, plan) }
}

/// The stages from the model to the arena.
///
/// - Parameter choose: picks the way to compute the step, given what plans one.
func plan(
  _ load: (CompileOptions) throws -> Network, _ options: CompileOptions, stop: CompileStage? = nil,
  choose: (StepVariant, @escaping (StepVariant) throws -> Planned) throws -> Planned
) throws -> Planning<Planned> {
  var network: Network
  switch try loadNetwork(load, options, [options.policy], stop: stop) {
  case .stopped(let text): return .stopped(text)
  case .planned(let loaded): network = loaded
  }
  // Select: what the policy trains becomes variables; all else stays constant.
  let policy = try options.policy.policy(for: network.graph)
  if stop == .select { return .stopped(String(decoding: policy.json(), as: UTF8.self) + "\n") }
  // Channels that the policy chooses come first, so that they are trained as dense as any.
  network = try network.reordered(for: policy)
  // Differentiate: loss, the gradients that are wanted, updates.
  let derived = try network.derived(policy, options)
  if stop == .differentiate { return .stopped(derived.training.graph.text()) }
  let whole = try derived.lowered(options)
  if stop == .passes { return .stopped(whole.training.graph.text()) }
  // Schedule and place: an order, a buffer for every value, an offset for every buffer.
  // In patches where the cap asks for it.
  return .planned(try choose(whole) { try Planned(network, policy, $0) })
}

/// The stages from the model to a network that ends in logits, in the number format of the mode.
func loadNetwork(
  _ load: (CompileOptions) throws -> Network, _ options: CompileOptions, _ policies: [PolicySource], stop: CompileStage?
) throws -> Planning<Network> {
  // Import: ONNX to the IR, pictures NHWC, BatchNorm folded, constants computed.
  var network = try load(options)
  try network.graph.verify()
  if stop == .import { return .stopped(network.graph.text()) }
  // Head: one output, logits; a new classifier where asked for.
  network = try network.headed(options)
  // Branches beside blocks, where a policy trains such.
  if let options = try options.adding(policies, beside: network) { network = try load(options).headed(options) }
  try network.graph.verify()
  if stop == .head { return .stopped(network.graph.text()) }
  // Quantize: integer layers out of what stands between roundings, or floats for mode f32.
  network = try network.inMode(options.mode)
  try network.graph.verify()
  if stop == .quantize { return .stopped(network.graph.text()) }
  // Formats: what a file or calibration says of single layers.
  try options.formats?.expectMatches(network.graph.layers.map { network.graph[$0.weight].name })
  return .planned(network)
}

extension Network {
  /// The training step of what a policy trains.
  func derived(_ policy: UpdatePolicy, _ options: CompileOptions) throws -> Derived {
    let (graph, promoted) = try graph.promoting(policy.resolve(in: graph))
    return try options.derived(graph, promoted)
  }
}

extension Derived {
  /// Passes: a bit for each activation that backward needs no more of.
  ///
  /// Gradients of integer layers get their formats, each written once with mask and scales.
  /// Gradients of weights that only the update reads are computed in parts inside of it.
  /// Depthwise layers write over what they read, where nobody else does.
  func lowered(_ options: CompileOptions) throws -> StepVariant {
    let step = try training.maskingActivations().formattingGradients(options.gradientFormat).fusingUpdates()
      .reusingWindows()
    try step.verify()
    return StepVariant(step, try inference.reusingWindows())
  }
}

extension CompileOptions {
  /// The step that trains what was promoted.
  func derived(_ graph: Graph, _ promoted: [Promoted]) throws -> Derived {
    let derived = try differentiate(
      graph, promoted, loss: lossFunction, optimizer: optimizerState, spikeGuard: Double(spikeGuard))
    try derived.training.verify()
    return derived
  }

  private var lossFunction: Loss {
    switch loss {
    case .crossEntropy: .crossEntropy(labelSmoothing: Double(labelSmoothing))
    case .mse: .meanSquaredError
    }
  }

  private var optimizerState: Optimizer {
    Optimizer(
      momentum: optimizer == .momentum ? Double(momentum) : 0, weightDecay: Double(weightDecay),
      accumulate: accumulate, integers: integerUpdate)
  }

  private var integerUpdate: IntegerUpdate {
    let rule: UpdateRule =
      switch optimizer {
      case .sgd: .sgd
      case .momentum: .momentum
      case .lion: .lion
      case .adam: .adam
      }
    let rounding: UpdateRounding =
      switch self.rounding {
      case .stochastic: .stochastic
      case .nearest: .nearest
      case .truncate: .truncate
      }
    return IntegerUpdate(
      rule: rule, rounding: rounding, hasLowByte: mode != .i8t, isPlain: !scalesGradients,
      weightDecay: Double(weightDecay), beta1: Double(momentum), beta2: rule == .adam ? 0.999 : 0.99,
      clip: Double(clipGradients), accumulate: accumulate, seed: UInt32(truncatingIfNeeded: seed))
  }
}
