import IR
import Memory
import Schedule

/// Live bytes of a step in the orders of all rules: what it takes beside operations that are about to change.
struct RuledPeaks {
  /// An order of the operations of a graph, and the transient bytes in use at each of its steps.
  private typealias Order = (graph: Graph, operations: [ValueID], live: [Int])

  private let train: [Order]
  private let predict: [Order]
  private let persistentBytes: Int

  init(_ variant: StepVariant) throws {
    let training = try ruledSchedules(variant.training.graph, forwardCount: variant.training.forwardCount)
    train = training.map { ($0.graph, $0.order, $0.liveBytes()) }
    predict = try ruledSchedules(variant.inference).map { ($0.graph, $0.order, $0.liveBytes()) }
    persistentBytes = training[0].persistentBytes
  }

  /// Bytes of the steps that run none of the first 0, 1, 2, ... of some operations, by the rule that makes them the
  /// fewest.
  ///
  /// - Parameters:
  ///   - training: operations of the training step.
  ///   - inference: as many, the same ones, of the prediction.
  ///   - samples: what both read that takes no bytes of the arena.
  func outside(
    first training: ArraySlice<ValueID>, _ inference: ArraySlice<ValueID>,
    without samples: (training: ValueID, inference: ValueID)?
  ) -> [Int] {
    zip(fewest(train, training, samples?.training), fewest(predict, inference, samples?.inference))
      .map { persistentBytes + max($0, $1) }
  }

  private func fewest(_ orders: [Order], _ operations: ArraySlice<ValueID>, _ samples: ValueID?) -> [Int] {
    let ranks = Dictionary(uniqueKeysWithValues: zip(operations, 0...))
    let peaks = orders.map { order in
      var peaks = [Int](repeating: 0, count: operations.count + 1)
      let bytes = samples.map { live(order, without: $0) } ?? order.live
      for (id, live) in zip(order.operations, bytes) {
        let rank = ranks[id] ?? operations.count
        peaks[rank] = max(peaks[rank], live)
      }
      for rank in (0..<operations.count).reversed() { peaks[rank] = max(peaks[rank], peaks[rank + 1]) }
      return peaks
    }
    return (0...operations.count).map { rank in peaks.map { $0[rank] }.min() ?? 0 }
  }

  /// Bytes in use where an input takes none: it is live until it is last read.
  private func live(_ order: Order, without input: ValueID) -> [Int] {
    let bytes = aligned(order.graph.type(input).bytes, to: arenaAlignment)
    let last = order.operations.lastIndex { id in
      order.graph.node(id)!.inputs.contains { order.graph.content(of: $0) == input }
    }
    return order.live.enumerated().map { step, live in step <= last ?? -1 ? live - bytes : live }
  }
}
