/// Builds a new graph from an old one, value by value, and remembers where each went.
public struct Rewriter {
  public let source: Graph
  public var graph = Graph()
  private var mapping: [ValueID?]

  public init(_ source: Graph) {
    self.source = source
    mapping = Array(repeating: nil, count: source.values.count)
  }

  /// Value map of the rewrite: the new value of an old one, which must have been copied or replaced before.
  public subscript(old: ValueID) -> ValueID {
    get { mapping[old.index]! }
    set { mapping[old.index] = newValue }
  }

  /// How many new values stand for old values with an index below `limit`: where that part of the old graph ends now.
  public func count(below limit: Int) -> Int {
    (mapping[..<limit].compactMap { $0?.index }.max() ?? -1) + 1
  }

  /// A name that no value of either graph has.
  public func unused(_ name: String) -> String {
    unusedName(name) { source.value(named: $0) != nil || graph.value(named: $0) != nil }
  }

  public func isMapped(_ old: ValueID) -> Bool { mapping[old.index] != nil }

  /// Copies one value with its operands mapped.
  @discardableResult
  public mutating func copy(_ id: ValueID) throws(ShapeError) -> ValueID {
    let value = source[id]
    let new: ValueID
    switch value.definition {
    case .input: new = graph.input(value.name, value.type, kind: value.kind)
    case .constant(let c): new = graph.constant(value.name, c, kind: value.kind)
    case .variable(let c): new = graph.variable(value.name, c, kind: value.kind)
    case .operation(let op, let inputs): new = try graph.append(op, inputs.map { self[$0] }, as: value)
    }
    self[id] = new
    return new
  }

  /// The new graph, with the old outputs mapped.
  public mutating func finish() -> Graph {
    graph.outputs = source.outputs.map { ($0.name, self[$0.value]) }
    return graph
  }
}

extension Graph {
  /// The values that the outputs depend on, and the inputs.
  public func live(from roots: [ValueID]) -> [Bool] {
    var live = [Bool](repeating: false, count: values.count)
    for root in roots { live[root.index] = true }
    for id in ids.reversed() where live[id.index] {
      for operand in node(id)?.inputs ?? [] { live[operand.index] = true }
    }
    return live
  }

  /// The same graph without values that no output depends on; inputs stay.
  public func pruned() throws(ShapeError) -> Graph {
    let live = live(from: outputs.map(\.value))
    var rewriter = Rewriter(self)
    for id in ids {
      if case .input = self[id].definition { try rewriter.copy(id) } else if live[id.index] { try rewriter.copy(id) }
    }
    return rewriter.finish()
  }
}
