import IR
import Memory
import Passes
import Schedule

/// When saved tensors of an ordered step wait for backward: what it would take to keep less of them meanwhile.
struct SavedLifetimes {
  /// Transient bytes in use at every step.
  private let live: [Int]
  private let order: [ValueID]
  private let persistentBytes: Int
  /// Saved tensor → the steps between its last reader in the forward pass and its first one in the backward pass.
  private var waits: [ValueID: Range<Int>] = [:]

  init(_ schedule: Schedule, _ training: TrainingGraph) {
    live = schedule.liveBytes()
    order = schedule.order
    persistentBytes = schedule.persistentBytes
    let saved = training.savedForBackward
    let parts = ForwardSegments(training)
    var ends: [ValueID: Int] = [:]
    for (step, id) in schedule.order.enumerated() {
      guard let node = schedule.graph.node(id) else { continue }
      let isForward = parts.segmentOf[id] != nil
      if isForward, saved.contains(id) { ends[id] = step }
      for operand in node.inputs.map(schedule.graph.content) where saved.contains(operand) {
        if isForward {
          ends[operand] = step
        } else if waits[operand] == nil, let end = ends[operand], end < step {
          waits[operand] = end + 1..<step
        }
      }
    }
  }

  /// Bytes that the order needs if so many fewer bytes of these values are kept while they wait; those of variables at
  /// any time.
  ///
  /// - Parameter operations: their steps are left out.
  func bytes(without savings: [(value: ValueID, bytes: Int)], outside operations: Set<ValueID> = []) -> Int {
    var change = [Int](repeating: 0, count: live.count + 1)
    var persistent = persistentBytes
    for saving in savings {
      guard let wait = waits[saving.value] else {
        persistent -= saving.bytes
        continue
      }
      change[wait.lowerBound] += saving.bytes
      change[wait.upperBound] -= saving.bytes
    }
    var (less, most) = (0, 0)
    for step in live.indices {
      less += change[step]
      guard !operations.contains(order[step]) else { continue }
      most = max(most, live[step] - less)
    }
    return persistent + most
  }
}
