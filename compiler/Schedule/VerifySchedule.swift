import IR

/// What is wrong with a schedule; found by symbolic execution.
public enum ScheduleDefect: Error, Hashable, Sendable {
  /// Runs never, twice, or is nothing to run.
  case notRunOnce(ValueID)
  /// A value that lives in the arena has no buffer, or a view lies elsewhere than what it shows.
  case noBuffer(ValueID)
  case bufferTooSmall(ValueID)
  /// The buffer's lifetime does not contain a step that reads or writes the value.
  case outsideLifetime(ValueID, step: Int)
  /// At this step the buffer holds something else: not yet written, or already overwritten.
  case notThere(ValueID, step: Int)
  /// The output lies over an operand that the operator may not write over.
  case writesOverOperand(ValueID, operand: Int)
  /// An update does not write where the old value lies.
  case updateElsewhere(ValueID)
  /// A variable is not in the persistent section, or something else is.
  case section(ValueID)
  case scratchMissing(ValueID)
}

extension Schedule {
  /// Symbolic execution: runs the order on buffers that hold the names of their values, and throws the first defect.
  ///
  /// Shares no code with the scheduler.
  public func verify() throws(ScheduleDefect) {
    var machine = PaperMachine(schedule: self)
    try machine.load()
    for (step, id) in order.enumerated() { try machine.run(id, step) }
    for id in graph.ids {
      guard let node = graph.node(id) else { continue }
      if case .view = node.op.sharing { continue }
      guard machine.hasRun.contains(id) else { throw .notRunOnce(id) }
    }
    for result in results { try machine.read(result, steps - 1) }
  }
}

/// Buffers, and the value whose bytes each holds at the moment.
private struct PaperMachine {
  let schedule: Schedule
  /// Step → bytes of scratch that it has.
  let scratch: [Int: Int]
  var holds: [ValueID?] = []
  var hasRun: Set<ValueID> = []

  var graph: Graph { schedule.graph }

  init(schedule: Schedule) {
    self.schedule = schedule
    scratch = Dictionary(schedule.scratch.map { ($0.step, $0.bytes) }, uniquingKeysWith: { max($0, $1) })
    holds = Array(repeating: nil, count: schedule.buffers.count)
  }

  /// Inputs and variables are there before the first step.
  mutating func load() throws(ScheduleDefect) {
    for id in graph.ids {
      switch graph[id].definition {
      case .input: try write(id, 0)
      case .variable:
        try write(id, 0)
        let buffer = schedule.buffers[schedule.bufferOf[id]!]
        guard buffer.isPersistent, buffer.first == 0, buffer.last >= schedule.order.count - 1 else {
          throw .section(id)
        }
      case .constant, .operation: break
      }
    }
    for (index, buffer) in schedule.buffers.enumerated() where buffer.isPersistent {
      guard let first = holds[index], graph.isVariable(first) else { throw .section(buffer.members[0]) }
    }
  }

  mutating func run(_ id: ValueID, _ step: Int) throws(ScheduleDefect) {
    guard let node = graph.node(id), hasRun.insert(id).inserted else { throw .notRunOnce(id) }
    if case .view = node.op.sharing { throw .notRunOnce(id) }
    for operand in node.inputs { try read(operand, step) }
    guard let target = schedule.bufferOf[id] else { throw .noBuffer(id) }
    for (position, operand) in node.inputs.enumerated() where schedule.bufferOf[operand] == target {
      guard mayWriteOver(position, of: node) else { throw .writesOverOperand(id, operand: position) }
    }
    if case .overwrites(let position) = node.op.sharing, schedule.bufferOf[node.inputs[position]] != target {
      throw .updateElsewhere(id)
    }
    let bytes = node.op.scratchBytes(node.inputs.map(graph.type), graph.type(id))
    guard bytes <= scratch[step, default: 0] else { throw .scratchMissing(id) }
    try write(id, step)
  }

  private func mayWriteOver(_ position: Int, of node: Node) -> Bool {
    switch node.op.sharing {
    case .mayReuse(let positions): positions.contains(position)
    case .overwrites(let target): target == position
    case .none, .view: false
    }
  }

  func read(_ id: ValueID, _ step: Int) throws(ScheduleDefect) {
    var shown = id
    while let node = graph.node(shown), case .view(let operand) = node.op.sharing {
      guard schedule.bufferOf[shown] == schedule.bufferOf[node.inputs[operand]] else { throw .noBuffer(shown) }
      shown = node.inputs[operand]
    }
    if case .constant = graph[shown].definition { return }
    guard let index = schedule.bufferOf[shown] else { throw .noBuffer(shown) }
    guard holds[index] == shown else { throw .notThere(id, step: step) }
    try reach(index, id, step)
  }

  private mutating func write(_ id: ValueID, _ step: Int) throws(ScheduleDefect) {
    guard let index = schedule.bufferOf[id] else { throw .noBuffer(id) }
    guard schedule.buffers[index].bytes >= graph.type(id).bytes else { throw .bufferTooSmall(id) }
    try reach(index, id, step)
    holds[index] = id
  }

  private func reach(_ index: Int, _ id: ValueID, _ step: Int) throws(ScheduleDefect) {
    let buffer = schedule.buffers[index]
    guard buffer.first <= step && step <= buffer.last else { throw .outsideLifetime(id, step: step) }
  }
}
