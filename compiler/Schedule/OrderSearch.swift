import IR
import Memory

/// Search over downsets, the sets of operations that can have run, for an order whose peak is under a
/// budget (Ahn et al., Ordering Chaos: Memory-Aware Scheduling of Irregularly Wired Neural Networks for Edge Devices,
/// tighten the budget the same way).
///
/// An operation that is ready, fits, and adds no bytes runs at once: no order is the worse for it. What is left of a
/// chain are its peaks and valleys, so that training graphs, which are narrow, have few such sets.
struct OrderSearch {
  enum Outcome {
    case order([Int])
    /// There is none, proved.
    case none
    /// More sets than were looked at.
    case unknown
  }

  /// How the next of several operations is tried.
  enum Preference: CaseIterable {
    case appended, fewestLiveBytes
  }

  /// What an operation does to memory, as indices of values.
  private struct Operation {
    let output: Int
    let bytes: Int
    let scratch: Int
    /// Operands, and their bytes.
    let operands: [(value: Int, bytes: Int)]
    /// Operands whose memory the output takes if they die here, the first of them; or takes in any case.
    let reusable: [Int]
    let overwritten: Int?
    /// Nobody reads the output.
    let isUnread: Bool
  }

  private let flow: Dataflow
  private let operations: [Operation]
  /// Sets of operations to look at.
  private let limit: Int

  init(_ flow: Dataflow, limit: Int) {
    self.flow = flow
    self.limit = limit
    operations = (0..<flow.count).map { number in
      let node = flow.node(number)
      let output = flow.values[number]
      let scratch = node.op.scratchBytes(node.inputs.map(flow.graph.type), flow.graph.type(output))
      return Operation(
        output: output.index, bytes: flow.transientBytes(output), scratch: aligned(scratch, to: arenaAlignment),
        operands: flow.operands[number].map { ($0.index, flow.transientBytes($0)) },
        reusable: flow.reusable(node).map(\.index), overwritten: flow.overwritten[number]?.index,
        isUnread: flow.readers[output.index].isEmpty && !flow.isResult[output.index])
    }
  }

  /// Transient bytes that no step may pass.
  func run(budget: Int, _ preference: Preference) -> Outcome {
    var seen: Set<[UInt64]> = []
    var stack: [(state: State, next: Int?)] = [(State(flow), nil)]
    while let (parent, next) = stack.popLast() {
      var state = parent
      if let next { run(next, &state) }
      settle(&state, budget)
      if state.ready.isEmpty { return .order(state.path?.order ?? []) }
      guard seen.insert(state.done).inserted else { continue }
      if seen.count > limit { return .unknown }
      let fitting = state.ready.filter { cost(of: $0, state).during <= budget }
      let order: [Int] =
        switch preference {
        case .appended: fitting.sorted(by: >)
        case .fewestLiveBytes:
          fitting.map { (cost(of: $0, state).after, $0) }.sorted { $0 > $1 }.map(\.1)
        }
      stack += order.map { (state, $0) }
    }
    return .none
  }

  private func settle(_ state: inout State, _ budget: Int) {
    while let free = state.ready.first(where: { number in
      let cost = cost(of: number, state)
      return cost.during <= budget && cost.after <= state.live
    }) {
      run(free, &state)
    }
  }

  /// Live bytes while an operation runs and behind it.
  private func cost(of number: Int, _ state: State) -> (during: Int, after: Int) {
    let operation = operations[number]
    let reused = operation.overwritten ?? operation.reusable.first { isLast($0, state) }
    let own = reused == nil ? operation.bytes : 0
    var after = state.live + own
    for operand in operation.operands where operand.value != reused && isLast(operand.value, state) {
      after -= operand.bytes
    }
    if operation.isUnread { after -= operation.bytes }
    return (state.live + own + operation.scratch, after)
  }

  private func isLast(_ value: Int, _ state: State) -> Bool { state.unread[value] == 1 && !flow.isResult[value] }

  private func run(_ number: Int, _ state: inout State) {
    state.live = cost(of: number, state).after
    state.done[number / 64] |= 1 << UInt64(number % 64)
    state.path = Path(number: number, before: state.path)
    state.ready.removeAll { $0 == number }
    for operand in operations[number].operands { state.unread[operand.value] -= 1 }
    for later in flow.successors[number] {
      state.waiting[later] -= 1
      if state.waiting[later] == 0 { state.ready.append(later) }
    }
  }
}

extension Dataflow {
  /// Operands that an output may be written over, as `BufferAssignment` decides it, if they die there.
  fileprivate func reusable(_ node: Node) -> [ValueID] {
    guard case .mayReuse(let positions) = node.op.sharing else { return [] }
    let contents = node.inputs.map(graph.content)
    return positions.map { contents[$0] }.filter { value in
      !graph.isConstant(value) && !isPersistent[value.index]
        && graph.type(value).bytes == graph.type(node.output).bytes
        && contents.indices.allSatisfy { contents[$0] != value || positions.contains($0) }
    }
  }
}

/// The operations that have run, and what follows from them.
private struct State {
  var done: [UInt64]
  var waiting: [Int32]
  var unread: [Int32]
  var ready: [Int]
  var live: Int
  var path: Path?

  init(_ flow: Dataflow) {
    done = Array(repeating: 0, count: (flow.count + 63) / 64)
    waiting = flow.predecessorCounts.map { Int32($0) }
    unread = flow.readers.map { Int32($0.count) }
    ready = (0..<flow.count).filter { flow.predecessorCounts[$0] == 0 }
    live = flow.graph.ids.reduce(0) { sum, id in
      if case .input = flow.graph[id].definition { sum + flow.transientBytes(id) } else { sum }
    }
  }
}

/// An order, from its end.
private final class Path {
  let number: Int
  private let before: Path?

  init(number: Int, before: Path?) {
    self.number = number
    self.before = before
  }

  var order: [Int] { sequence(first: self, next: \.before).map(\.number).reversed() }
}
