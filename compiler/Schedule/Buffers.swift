import IR

/// Liveness and in-place assignment: gives every value of an ordered graph its buffer.
struct BufferAssignment {
  private let flow: Dataflow
  private let order: [Int]
  /// Value index → last step that reads it; nil when nobody does.
  private var lastRead: [Int?]
  private(set) var buffers: [Buffer] = []
  private(set) var bufferOf: [ValueID: Int] = [:]
  private(set) var scratch: [Scratch] = []

  init(_ flow: Dataflow, order: [Int]) {
    self.flow = flow
    self.order = order
    let end = max(order.count - 1, 0)
    lastRead = flow.isResult.map { $0 ? end : nil }
    for (step, number) in order.enumerated() {
      for operand in flow.operands[number] where !flow.isResult[operand.index] { lastRead[operand.index] = step }
    }
    for id in flow.graph.ids {
      switch flow.graph[id].definition {
      case .input: open(id, at: 0)
      case .variable:
        open(id, at: 0)
        buffers[buffers.count - 1].last = end
        buffers[buffers.count - 1].isPersistent = true
      case .constant, .operation: break
      }
    }
    for (step, number) in order.enumerated() { assign(number, step) }
    addViews()
  }

  private mutating func assign(_ number: Int, _ step: Int) {
    let node = flow.node(number)
    let graph = flow.graph
    let bytes = node.op.scratchBytes(node.inputs.map(graph.type), graph.type(node.output))
    if bytes > 0 { scratch.append(Scratch(step: step, bytes: bytes)) }
    if let target = flow.overwritten[number] ?? reusable(node, step) {
      join(node.output, bufferOf[target]!, step)
    } else {
      open(node.output, at: step)
    }
  }

  /// The operand whose buffer the output may take: dies here, same size, and read at no position but the allowed ones.
  private func reusable(_ node: Node, _ step: Int) -> ValueID? {
    guard case .mayReuse(let positions) = node.op.sharing else { return nil }
    let contents = node.inputs.map(flow.graph.content)
    return positions.lazy.map { contents[$0] }.first { value in
      guard let index = bufferOf[value], !buffers[index].isPersistent else { return false }
      return lastRead[value.index] == step && !flow.isResult[value.index]
        && buffers[index].bytes == flow.graph.type(node.output).bytes
        && contents.indices.allSatisfy { contents[$0] != value || positions.contains($0) }
    }
  }

  private mutating func open(_ id: ValueID, at step: Int) {
    bufferOf[id] = buffers.count
    let bytes = flow.graph.type(id).bytes
    buffers.append(
      Buffer(bytes: bytes, first: step, last: lastRead[id.index] ?? step, members: [id], isPersistent: false))
  }

  private mutating func join(_ id: ValueID, _ index: Int, _ step: Int) {
    bufferOf[id] = index
    buffers[index].members.append(id)
    buffers[index].last = max(buffers[index].last, lastRead[id.index] ?? step)
  }

  private mutating func addViews() {
    var views: [ValueID: [ValueID]] = [:]
    for id in flow.graph.ids where bufferOf[id] == nil {
      let content = flow.graph.content(of: id)
      guard let index = bufferOf[content] else { continue }
      bufferOf[id] = index
      views[content, default: []].append(id)
    }
    for index in buffers.indices {
      buffers[index].members = buffers[index].members.flatMap { [$0] + (views[$0] ?? []) }
    }
  }
}
