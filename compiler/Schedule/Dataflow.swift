import IR

/// Dependence graph of the operations, with views resolved and constants left out. Nodes are numbered in append order.
struct Dataflow {
  let graph: Graph
  /// Node number → the value it computes.
  var values: [ValueID] = []
  /// Node number → what it reads from the arena, each once, in order of operands.
  var operands: [[ValueID]] = []
  /// Node number → the value it overwrites.
  var overwritten: [ValueID?] = []
  /// Value index → node that computes it.
  var producer: [Int?]
  /// Value index → nodes that read it, ascending.
  var readers: [[Int]]
  /// Value index → in the persistent section.
  var isPersistent: [Bool]
  /// Value index → read by the outside after the last step.
  var isResult: [Bool]
  /// Node number → its successors, and the number of its predecessors.
  var successors: [[Int]] = []
  var predecessorCounts: [Int] = []

  var count: Int { values.count }

  init(_ graph: Graph, results: [ValueID]) throws(ScheduleError) {
    self.graph = graph
    let size = graph.values.count
    producer = Array(repeating: nil, count: size)
    readers = Array(repeating: [], count: size)
    isPersistent = Array(repeating: false, count: size)
    isResult = Array(repeating: false, count: size)
    for result in results { isResult[graph.content(of: result).index] = true }
    var content = Array(graph.ids)
    for id in graph.ids {
      if graph.isVariable(id) { isPersistent[id.index] = true }
      guard let node = graph.node(id) else { continue }
      if case .view(let operand) = node.op.sharing {
        content[id.index] = content[node.inputs[operand].index]
      } else {
        try add(node, content)
      }
    }
    try link()
  }

  private mutating func add(_ node: Node, _ content: [ValueID]) throws(ScheduleError) {
    let number = count
    var read: [ValueID] = []
    for operand in node.inputs {
      let value = content[operand.index]
      if graph.isConstant(value) || read.contains(value) { continue }
      read.append(value)
      readers[value.index].append(number)
    }
    var target: ValueID?
    if case .overwrites(let operand) = node.op.sharing {
      let value = content[node.inputs[operand].index]
      if graph.isConstant(value) { throw .overwritesConstant(node.output) }
      if isResult[value.index] { throw .overwritesResult(node.output) }
      let uses = node.inputs.count { content[$0.index] == value }
      if uses > 1 { throw .overwritesOperand(node.output) }
      isPersistent[node.output.index] = isPersistent[value.index]
      target = value
    }
    values.append(node.output)
    operands.append(read)
    overwritten.append(target)
    producer[node.output.index] = number
  }

  /// Edges: producers before their readers; all other readers of a value before the node that overwrites it; and
  /// whatever an overwriter depends on before the copy of the old value.
  private mutating func link() throws(ScheduleError) {
    successors = Array(repeating: [], count: count)
    predecessorCounts = Array(repeating: 0, count: count)
    var isOverwritten = [Bool](repeating: false, count: graph.values.count)
    for number in 0..<count {
      var before = operands[number].compactMap { producer[$0.index] }
      if let target = overwritten[number] {
        if isOverwritten[target.index] { throw .overwritesTwice(values[number]) }
        isOverwritten[target.index] = true
        before += readers[target.index].filter { $0 != number }
      }
      if node(number).op.timing == .copiesOldValue, let overwriter = overwriter(of: operands[number].first) {
        before += operands[overwriter].compactMap { producer[$0.index] }
      }
      // Twice the same edge is harmless: it is counted and released twice.
      for earlier in before { successors[earlier].append(number) }
      predecessorCounts[number] = before.count
    }
  }

  private func overwriter(of value: ValueID?) -> Int? {
    value.flatMap { value in readers[value.index].first { overwritten[$0] == value } }
  }

  func node(_ number: Int) -> Node { graph.node(values[number])! }
}
