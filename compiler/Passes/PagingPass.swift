import IR
import Operators
import Runtime

/// A value that is paged out: a saved tensor until the backward pass, optimizer state until the next update.
public struct PagedValue: Sendable {
  public let value: ValueID
  public let bytes: Int
  /// Whether it is optimizer state, which outlives the step.
  public let isState: Bool
}

/// A step that pages values, and the file that it needs for them.
public struct PagedStep: Sendable {
  public let step: TrainingGraph
  public let fileBytes: Int
  /// Of these, the first ones, which outlive the step.
  public let stateBytes: Int
}

extension TrainingGraph {
  /// Values that can be paged out, the largest first.
  ///
  /// - Parameter withState: not only forward values that backward reads, but state that belongs to one update, too.
  public func pageable(withState: Bool) -> [PagedValue] {
    let saved = savedForBackward.sorted().map { PagedValue(value: $0, bytes: graph.type($0).bytes, isState: false) }
    let state = graph.stateOfOneUpdate.map { PagedValue(value: $0, bytes: graph.type($0).bytes, isState: true) }
    return (saved + (withState ? state : []))
      .filter { (try? PageOut(offset: 0).infer([graph.type($0.value)])) != nil }
      // The handle takes memory, and a file moves whole blocks.
      .filter { $0.bytes >= 1024 }
      .sorted { ($0.bytes, $1.value) > ($1.bytes, $0.value) }
  }

  /// The step that writes these values to a file and reads each again where backward, or the update, first wants it.
  public func paging(_ values: [PagedValue]) throws(ShapeError) -> PagedStep {
    var pager = Pager(self)
    for value in values where value.isState { pager.reserve(value) }
    let stateBytes = pager.end
    for value in values where !value.isState { pager.reserve(value) }
    for id in graph.ids { try pager.copy(id) }
    return PagedStep(step: mapped(&pager.rewriter), fileBytes: pager.end, stateBytes: stateBytes)
  }
}

extension Graph {
  /// Variables that one operation alone reads and changes: a momentum, a sum of gradients.
  fileprivate var stateOfOneUpdate: [ValueID] {
    var readers: [ValueID: [Node]] = [:]
    for node in nodes { for operand in node.inputs { readers[operand, default: []].append(node) } }
    return ids.filter { id in
      guard isVariable(id), self[id].kind.isState, let all = readers[id], all.count == 1 else {
        return false
      }
      return all[0].op.timing == .updates && !outputs.contains { $0.value == id }
    }
  }
}

/// Rewrites a step so that some of its values are paged out to a file.
private struct Pager {
  var rewriter: Rewriter
  /// Bytes of the file.
  private(set) var end = 0
  private let forward: Set<ValueID>
  private var offsets: [ValueID: Int] = [:]
  private var states: Set<ValueID> = []
  /// Handle of a paged value in memory, which orders its write before its read.
  private var placeholders: [ValueID: ValueID] = [:]
  /// The value that was read back.
  private var back: [ValueID: ValueID] = [:]

  init(_ step: TrainingGraph) {
    rewriter = Rewriter(step.graph)
    forward = Set(step.forwardOperations)
  }

  mutating func reserve(_ value: PagedValue) {
    offsets[value.value] = end
    end += (value.bytes + 15) / 16 * 16
    if value.isState { states.insert(value.value) }
  }

  mutating func copy(_ id: ValueID) throws(ShapeError) {
    if states.contains(id) {
      let type = TensorType([PageParameters.placeholder], .u8)
      let state = rewriter.source[id]
      let none = Constant(type, bytes: Array(repeating: 0, count: type.bytes))
      placeholders[id] = rewriter.graph.variable(rewriter.unused(state.name + ".page"), none, kind: state.kind)
      return
    }
    if let node = rewriter.source.node(id), !forward.contains(id) {
      try append(node)
    } else {
      try rewriter.copy(id)
    }
    if let offset = offsets[id] {
      placeholders[id] = try rewriter.graph.append(
        PageOut(offset: offset), rewriter[id], name: rewriter.source[id].name + ".page")
    }
  }

  /// An operation of the backward pass or an update, with what it reads, and the state that it has changed.
  private mutating func append(_ node: Node) throws(ShapeError) {
    for operand in node.inputs.map(rewriter.source.content) where back[operand] == nil {
      guard let placeholder = placeholders[operand], let offset = offsets[operand], !states.contains(operand) else {
        continue
      }
      back[operand] = try rewriter.graph.append(
        PageIn(rewriter.source.type(operand), offset: offset), placeholder, name: rewriter.source[operand].name)
    }
    let state = node.inputs.filter(states.contains)
    let isRare = (node.op as? any KernelOperator)?.runsOnceAWindow ?? false
    try readState(state, of: node, isRare)
    let result = try rewriter.graph.append(
      node.op, node.inputs.map { (operand) throws(ShapeError) in try rewriter.read(operand, back) },
      as: rewriter.source[node.output])
    rewriter[node.output] = result
    for value in state {
      let isResult = node.inputs.indices.contains { node.inputs[$0] == value && node.op.sharing == .overwrites($0) }
      let changed = isResult ? [result] : [back[value]!]
      try rewriter.graph.append(
        StateOut(PageOut(offset: offsets[value]!), runsOnceAWindow: isRare),
        changed + [placeholders[value]!] + (isResult ? [] : [result]))
    }
  }

  /// Reads state in once everything else that its update reads has been computed.
  private mutating func readState(_ state: [ValueID], of node: Node, _ isRare: Bool) throws(ShapeError) {
    guard !state.isEmpty else { return }
    let others = try node.inputs.filter { !states.contains($0) }
      .map { (operand) throws(ShapeError) in try rewriter.read(operand, back) }
      .filter { rewriter.graph.node(rewriter.graph.content(of: $0)) != nil }
    for value in state {
      let page = PageIn(rewriter.source.type(value), offset: offsets[value]!)
      back[value] = try rewriter.graph.append(
        StateIn(page, runsOnceAWindow: isRare), [placeholders[value]!] + others, as: rewriter.source[value])
    }
  }
}

extension Rewriter {
  /// An operand of the backward pass: itself, or what was read back of it, under the shape it is read in.
  fileprivate mutating func read(_ operand: ValueID, _ back: [ValueID: ValueID]) throws(ShapeError) -> ValueID {
    if let value = back[operand] { return value }
    guard back[source.content(of: operand)] != nil, let view = source.node(operand) else { return self[operand] }
    let shown = try read(view.inputs[0], back)
    return try graph.append(view.op, [shown], name: source[operand].name)
  }
}
