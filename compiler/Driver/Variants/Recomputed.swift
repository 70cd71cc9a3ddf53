import IR
import Memory
import Passes
import Report
import Schedule

extension StepVariant {
  /// Variants that rematerialize ever more forward values, the fewest multiplications first.
  func recomputed() throws -> [StepVariant] {
    let order = try schedules(.rules).train
    let parts = ForwardSegments(training)
    let chain = order.chain(of: parts)
    var budget = order.peakBytes - 1
    // Steps of a hundredth find all that is worth another plan.
    let step = max(order.peakBytes / 100, arenaAlignment)
    var found: [StepVariant] = []
    while budget > 0, let choice = chain.cheapest(under: budget) {
      if !choice.runs.isEmpty, let variant = try recomputing(choice.runs, parts), variant.macs > found.last?.macs ?? 0 {
        found.append(variant)
      }
      budget = choice.peak - step
    }
    return found
  }

  private func recomputing(_ runs: [Range<Int>], _ parts: ForwardSegments) throws -> StepVariant? {
    let dropped = Set(runs.flatMap { $0.flatMap { parts.segments[$0].saved } })
    let checkpoints = Set(runs.compactMap { $0.lowerBound > 0 ? parts.segments[$0.lowerBound - 1].cut : nil })
    let gone = dropped.subtracting(checkpoints)
    guard !gone.isEmpty else { return nil }
    let step = try training.recomputing(gone, from: checkpoints)
    let recomputation = PlanReport.Recomputation(
      tensors: gone.count, bytes: gone.reduce(0) { $0 + training.graph.type($1).bytes },
      extraMacs: step.graph.macs - training.graph.macs)
    return after(recomputation.text) { variant in
      variant.training = step
      variant.recomputation = recomputation
    }
  }
}

extension Schedule {
  /// What the segments of the forward pass take in this order.
  fileprivate func chain(of parts: ForwardSegments) -> CheckpointChain {
    let live = liveBytes()
    let segments = parts.segments
    let saved = segments.map { $0.saved.reduce(0) { $0 + bytes(of: $1) } }
    var before = [0]
    for bytes in saved { before.append(before.last! + bytes) }
    var forward = [Int](repeating: 0, count: segments.count)
    var backward = forward
    var current = segments.count - 1
    for (step, id) in order.enumerated() {
      if let index = parts.segmentOf[id] {
        forward[index] = max(forward[index], live[step] - before[index])
      } else {
        // The backward pass goes from segment to segment, against their order.
        for operand in graph.node(id)!.inputs {
          if let index = parts.segmentOf[graph.content(of: operand)] { current = min(current, index) }
        }
        backward[current] = max(backward[current], live[step] - before[current])
      }
    }
    let inputs = graph.inputs.reduce(0) { $0 + bytes(of: $1) }
    return CheckpointChain(
      segments.indices.map { index in
        let segment = segments[index]
        return CheckpointChain.Segment(
          saved: saved[index], cut: bytes(of: segment.cut), cutIsSaved: segment.saved.contains(segment.cut),
          macs: segment.operations.reduce(0) { $0 + graph.macs(graph.node($1)!) }, forward: max(forward[index], 0),
          backward: max(backward[index], 0))
      }, start: inputs)
  }

  private func bytes(of id: ValueID) -> Int { aligned(graph.type(id).bytes, to: arenaAlignment) }
}
