import Driver
import Runtime

/// What integer training has cut off since its very beginning; all of it is part of checkpoints.
public struct TrainingCounters: Hashable, Sendable {
  /// Elements of integer gradients at the end of their range.
  public var saturatedGradients = 0
  /// Times that saturation made a gradient's scale be measured anew.
  public var remeasuredScales = 0
  /// Trained 8-bit weights that stand at the end of their range now.
  public var saturatedWeights = 0
  /// Steps whose loss the spike guard did not let pass.
  public var skippedSteps = 0
}

extension Trainer {
  /// - Throws: `EspalierError` where the state cannot be read.
  public func counters() throws(EspalierError) -> TrainingCounters {
    var result = TrainingCounters()
    let states = plan.metadata.states ?? [:]
    let weights = Set(plan.metadata.parameters.filter { $0.kind != "bias" }.map(\.variable))
    for (name, value) in try variables() {
      switch value {
      case .floats(let state) where states[name] == .range && state.count == GradientRange.count:
        result.saturatedGradients += count(state[2])
        result.remeasuredScales += count(state[3])
      case .floats(let state) where states[name] == .loss && state.count == LossGuard.count:
        result.skippedSteps = count(state[1])
      case .integers(let values) where weights.contains(name):
        result.saturatedWeights += values.count { abs($0) >= 127 }
      default: break
      }
    }
    return result
  }
}

/// A count that a float holds, whatever a checkpoint has made of it.
private func count(_ value: Float) -> Int { value > 0 ? Int(min(value, 0x1p62)) : 0 }
