import IR
import Memory

/// Looks for orders whose peak is under a budget, over the sets of operations that can have run (Ahn et al., Ordering Chaos:
/// Memory-Aware Scheduling of Irregularly Wired Neural Networks for Edge Devices, tighten the budget the same way).
///
/// An operation that is ready, fits, and adds no bytes runs at once: no order is the worse for it. What is left of a chain
/// are its peaks and valleys, so that training graphs, which are narrow, have few such sets.
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

  private let flow: Dataflow
  /// Transient bytes of a value, and of an operation's scratch.
  private let bytes: [Int]
  private let scratch: [Int]
  /// Sets of operations to look at.
  private let limit: Int

  init(_ flow: Dataflow, limit: Int) {
    self.flow = flow
    self.limit = limit
    bytes = flow.graph.ids.map { flow.transientBytes($0) }
    scratch = (0..<flow.count).map { number in
      let node = flow.node(number)
      let needed = node.op.scratchBytes(node.inputs.map(flow.graph.type), flow.graph.type(node.output))
      return aligned(needed, to: arenaAlignment)
    }
  }

  /// Transient bytes that no step may pass.
  func run(budget: Int, _ preference: Preference) -> Outcome {
    var seen: Set<[UInt64]> = []
    var stack: [(state: State, next: Int?)] = [(State(flow, bytes), nil)]
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

  /// Live bytes while an operation runs and behind it; `reused` is the operand whose memory its output takes.
  private func cost(of number: Int, _ state: State) -> (during: Int, after: Int, reused: ValueID?) {
    let output = flow.values[number]
    let reused = flow.overwritten[number] ?? reusable(number, state)
    let own = reused == nil ? bytes[output.index] : 0
    var after = state.live + own
    for operand in flow.operands[number] where operand != reused && isLast(operand, state) {
      after -= bytes[operand.index]
    }
    if flow.readers[output.index].isEmpty, !flow.isResult[output.index] { after -= bytes[output.index] }
    return (state.live + own + scratch[number], after, reused)
  }

  private func isLast(_ value: ValueID, _ state: State) -> Bool {
    state.unread[value.index] == 1 && !flow.isResult[value.index]
  }

  /// As `BufferAssignment` decides it.
  private func reusable(_ number: Int, _ state: State) -> ValueID? {
    let node = flow.node(number)
    guard case .mayReuse(let positions) = node.op.sharing else { return nil }
    let contents = node.inputs.map(flow.graph.content)
    return positions.lazy.map { contents[$0] }.first { value in
      !flow.graph.isConstant(value) && !flow.isPersistent[value.index] && isLast(value, state)
        && flow.graph.type(value).bytes == flow.graph.type(node.output).bytes
        && contents.indices.allSatisfy { contents[$0] != value || positions.contains($0) }
    }
  }

  private func run(_ number: Int, _ state: inout State) {
    state.live = cost(of: number, state).after
    state.done[number / 64] |= 1 << UInt64(number % 64)
    state.path = Path(number: number, before: state.path)
    state.ready.removeAll { $0 == number }
    for operand in flow.operands[number] { state.unread[operand.index] -= 1 }
    for later in flow.successors[number] {
      state.waiting[later] -= 1
      if state.waiting[later] == 0 { state.ready.append(later) }
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

  init(_ flow: Dataflow, _ bytes: [Int]) {
    done = Array(repeating: 0, count: (flow.count + 63) / 64)
    waiting = flow.predecessorCounts.map { Int32($0) }
    unread = flow.readers.map { Int32($0.count) }
    ready = (0..<flow.count).filter { flow.predecessorCounts[$0] == 0 }
    live = flow.graph.ids.reduce(0) { sum, id in
      if case .input = flow.graph[id].definition { sum + bytes[id.index] } else { sum }
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
