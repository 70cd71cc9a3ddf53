import IR

/// Segments of the forward pass for checkpointing: it is cut where a single value is live, with what backward reads of
/// each part.
///
/// Chain of segments as in Chen et al., Training Deep Nets with Sublinear Memory Cost; a residual block is one segment.
public struct ForwardSegments: Sendable {
  public struct Segment: Sendable {
    /// Forward operations in order.
    public var operations: [ValueID]
    /// All that the next segment reads of them.
    public var cut: ValueID
    /// Values of this segment that the backward pass reads, and could have recomputed.
    public var saved: [ValueID]
  }

  public let segments: [Segment]
  /// Value → segment, for forward operations.
  public let segmentOf: [ValueID: Int]

  public init(_ training: TrainingGraph) {
    let graph = training.graph
    let forward = training.forwardOperations
    let saved = training.savedForBackward
    var lastReader: [ValueID: Int] = [:]
    for (position, id) in forward.enumerated() {
      for operand in graph.node(id)!.inputs { lastReader[operand] = position }
    }
    var segments: [Segment] = []
    var operations: [ValueID] = []
    // Values of what has been seen that something behind reads.
    var open: Set<ValueID> = []
    for (position, id) in forward.enumerated() {
      operations.append(id)
      open.insert(id)
      open = open.filter { lastReader[$0] ?? -1 > position }
      guard open.count <= 1, !graph.isEncoding(forward, behind: position) else { continue }
      let cut = graph.content(of: open.first ?? id)
      segments.append(Segment(operations: operations, cut: cut, saved: operations.filter(saved.contains)))
      operations = []
    }
    self.segments = segments
    segmentOf = Dictionary(
      uniqueKeysWithValues: segments.enumerated().flatMap { index, segment in segment.operations.map { ($0, index) } })
  }
}

extension Graph {
  /// Whether an encoding follows, which belongs to the value that it encodes.
  fileprivate func isEncoding(_ forward: [ValueID], behind position: Int) -> Bool {
    guard position + 1 < forward.count else { return false }
    return node(forward[position + 1])!.op.timing == .encodesForBackward
  }
}

extension TrainingGraph {
  /// Operations of the forward pass, each followed by the encodings of its result for backward.
  var forwardOperations: [ValueID] {
    var encodings: [ValueID: [ValueID]] = [:]
    var forward: [ValueID] = []
    for node in graph.nodes {
      if node.op.timing == .encodesForBackward {
        encodings[graph.content(of: node.inputs[0]), default: []].append(node.output)
      } else if node.output.index < forwardCount {
        forward.append(node.output)
      }
    }
    func withEncodings(_ id: ValueID) -> [ValueID] { [id] + (encodings[id] ?? []).flatMap(withEncodings) }
    return forward.flatMap(withEncodings)
  }

  /// Which forward values operations of the backward pass read, and as which operand, be it under another shape.
  var backwardReads: [(node: Node, position: Int, value: ValueID)] {
    let forward = Set(forwardOperations)
    return graph.nodes.flatMap { node -> [(node: Node, position: Int, value: ValueID)] in
      if forward.contains(node.output) { return [] }
      if case .view = node.op.sharing { return [] }
      return node.inputs.map(graph.content).enumerated().filter { forward.contains($0.element) }
        .map { (node, $0.offset, $0.element) }
    }
  }

  /// Saved tensors: forward values that the backward pass reads, and the outside does not.
  public var savedForBackward: Set<ValueID> { Set(backwardReads.map(\.value)).subtracting(results) }

  /// What the outside reads.
  var results: Set<ValueID> { Set(graph.outputs.map { graph.content(of: $0.value) }) }
}
