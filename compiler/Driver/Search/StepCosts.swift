import IR
import Memory
import Operators
import Passes
import Runtime
import Schedule

/// What a training step takes at least, in any order and however it is placed.
struct StepCosts: Hashable, Sendable {
  /// Bytes in use once the loss is known: variables, and what backward reads of the forward pass.
  ///
  /// Backward begins with the loss, and all that leads to the loss has run by then; so no order has less at that moment,
  /// unless values are computed twice, encoded or paged out.
  var bytes: Int
  /// Multiplications.
  var macs: Int
  /// Bytes of two checkpoints, which is what training writes to storage.
  var flash: Int

  static let zero = StepCosts(bytes: 0, macs: 0, flash: 0)

  static func - (a: StepCosts, b: StepCosts) -> StepCosts {
    StepCosts(bytes: a.bytes - b.bytes, macs: a.macs - b.macs, flash: a.flash - b.flash)
  }

  static func + (a: StepCosts, b: StepCosts) -> StepCosts {
    StepCosts(bytes: a.bytes + b.bytes, macs: a.macs + b.macs, flash: a.flash + b.flash)
  }

  /// Negative figures, which rounding to alignment can give, as 0.
  var clamped: StepCosts { StepCosts(bytes: max(bytes, 0), macs: max(macs, 0), flash: max(flash, 0)) }
}

/// Bytes of two checkpoints with so many bytes of variables.
func checkpointBytes(_ persistent: Int) -> Int { 2 * (CheckpointHeader.size + persistent + Digest.size) }

extension StepVariant {
  var costs: StepCosts {
    let graph = training.graph
    let variables = graph.ids.filter(graph.isVariable)
    let persistent = bytes(of: variables)
    let saved = training.savedForBackward.union(savedInputs)
    return StepCosts(
      bytes: persistent + bytes(of: saved), macs: macs, flash: checkpointBytes(persistent))
  }

  /// Samples that gradients of weights read.
  private var savedInputs: Set<ValueID> {
    let graph = training.graph
    let backward = graph.nodes.filter {
      $0.output.index >= training.forwardCount && $0.op.timing != .encodesForBackward
    }
    return Set(backward.flatMap { $0.inputs.map(graph.content) }).intersection(graph.inputs)
  }

  private func bytes(of values: some Sequence<ValueID>) -> Int {
    values.reduce(0) { $0 + aligned(training.graph.type($1).bytes, to: arenaAlignment) }
  }
}
