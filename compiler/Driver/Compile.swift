import Differentiate
import IR
import ONNX
import Operators
import Report
import Runtime
import Select

/// A finished plan.
public struct Compilation: Sendable {
  /// The bytes of the image; equal model and equal options give equal bytes.
  public var image: [UInt8]
  public var report: PlanReport
  /// Whether the search was ended before it was done: the plan fits, and there may be one with fewer multiplications.
  public var isCutShort: Bool
}

public enum CompileResult: Sendable {
  case plan(Compilation)
  /// The text of the stage that `stopAfter` names: IR, policy, step table or summary.
  case text(String)
}

/// Compiles a model's training step under a memory cap.
///
/// - Parameters:
///   - choosing: looks at gradients in mode `auto`; without it that mode takes the formats of the options.
///   - watch: is told how far the search under a cap is, and may end it.
/// - Throws: what is wrong with the request: `OptionError`, `ImportError`, `ModelError`, `HeadError`, `PolicyError`,
///   `DifferentiateError`, `OverCap`; `CompileInterrupted` where the search was ended and nothing fitted yet. Anything
///   else is a defect of the compiler.
public func compile(
  _ model: ONNXModel, _ options: CompileOptions, choosing formats: FormatChooser? = nil, watch: CompileWatch = .none
) throws -> CompileResult {
  var request = CompileRequest(model, options, choosing: formats)
  request.watch = watch
  return try compile(request)
}

/// Compiles the training step of a traced network; the batch is that of its input.
///
/// - Throws: as for a model.
public func compile(
  traced graph: Graph, _ options: CompileOptions, watch: CompileWatch = .none
) throws -> CompileResult {
  var request = CompileRequest(traced: graph, options)
  request.watch = watch
  return try compile(request)
}

private func compile(_ request: CompileRequest) throws -> CompileResult {
  var request = request
  try request.options.validate()
  // The last stage gives the image itself.
  request.stop = request.options.stopAfter == .emit ? nil : request.options.stopAfter
  do { return .plan(try Pipeline.all.run((), request)) } catch let stopped as StoppedAfterStage {
    return .text(stopped.text)
  } catch let error as ArenaAboveCap {
    let report = try error.image.reports(request.options).image
    let cap = request.options.capBytes ?? report.arenaBytes
    let suggestions = suggest(families(error.image, request), cap: cap, looks: looksToSuggest(error.image.largest))
    if request.watch.isEnded() { throw CompileInterrupted() }
    throw OverCap(report, cap: cap, suggestions: suggestions)
  }
}

extension CompileOptions {
  /// The step that trains what was promoted.
  func derived(_ graph: Graph, _ promoted: [TrainableVariable]) throws -> JointGraphs {
    try differentiate(
      graph, promoted, loss: lossFunction, optimizer: optimizerState, spikeGuard: Double(spikeGuard))
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
