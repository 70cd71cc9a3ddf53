import IR
import Memory
import Passes
import Report
import Schedule

extension StepVariant {
  /// Variants that rematerialize ever more forward values, the fewest multiplications first.
  ///
  /// - Parameter estimated: whether the peaks of the chain tell what they take.
  func recomputed(estimated: Bool) throws -> [SizedVariant] {
    let order = try schedules(.rules).train
    let parts = ForwardSegments(training)
    let frontier = order.chain(of: parts).frontier()
    let cost = RecomputationCost(training)
    let before = macs
    var budget = order.peakBytes - 1
    // Steps of a hundredth find all that is worth another plan.
    let step = max(order.peakBytes / 100, arenaAlignment)
    var found: [SizedVariant] = []
    while budget > 0, let choice = frontier.cheapest(under: budget) {
      budget = choice.peak - step
      let (gone, checkpoints) = parts.tensors(of: choice)
      let extra = cost.extraMacs(gone, from: checkpoints)
      guard !gone.isEmpty, before + extra > found.last?.macs ?? 0 else { continue }
      found.append(
        SizedVariant(macs: before + extra, estimate: estimated ? order.persistentBytes + choice.peak : 0) {
          try recomputing(gone, from: checkpoints, extra)
        })
    }
    return found
  }

  /// Bytes that the step takes about where all is recomputed that helps, by the peaks of its chain.
  func leastRecomputed() throws -> Int {
    let order = try schedules(.rules).train
    let peak = order.chain(of: ForwardSegments(training)).frontier().least
    return order.persistentBytes + (peak ?? order.peakBytes)
  }

  private func recomputing(
    _ gone: Set<ValueID>, from checkpoints: Set<ValueID>, _ extraMacs: Int
  ) throws -> StepVariant {
    let recomputation = PlanReport.Recomputation(
      tensors: gone.count, bytes: gone.reduce(0) { $0 + training.graph.type($1).bytes }, extraMacs: extraMacs)
    return try after(recomputation.text) { variant in
      variant.training = try training.recomputing(gone, from: checkpoints)
      variant.recomputation = recomputation
    }
  }
}

extension ForwardSegments {
  /// What a choice does not keep, and what it keeps to compute that from.
  fileprivate func tensors(of choice: CheckpointChain.Choice) -> (gone: Set<ValueID>, checkpoints: Set<ValueID>) {
    let dropped = Set(choice.runs.flatMap { $0.flatMap { segments[$0].saved } })
    let checkpoints = Set(choice.runs.compactMap { $0.lowerBound > 0 ? segments[$0.lowerBound - 1].cut : nil })
    return (dropped.subtracting(checkpoints), checkpoints)
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
