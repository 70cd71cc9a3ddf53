import IR
import Operators

/// A forward value that a codec can keep less of.
public struct CodecSite: Sendable {
  public let value: ValueID
  public let codec: any SavedTensorCodec
  /// Bytes of the value, and of what is kept of it.
  public let bytes: Int
  public let keptBytes: Int
}

/// What is kept of forward values, from the most exact codec on.
public let savedTensorCodecs: [any SavedTensorCodec] = [
  EightBitCodec(), FourBitCodec(), SegmentCodec(), SampledRowCodec(), ProjectionCodec(),
]

extension TrainingGraph {
  /// Forward values that a codec can keep less of, those that it saves the most bytes of first.
  public func sites(_ codec: any SavedTensorCodec) -> [CodecSite] {
    let saved = savedForBackward.subtracting(graph.outputs.map { graph.content(of: $0.value) })
    let readers = savedReaders
    let sites = saved.sorted().compactMap { value -> CodecSite? in
      let type = graph.type(value)
      // Whoever reads it under another shape wants all of it.
      guard let readers = readers[value], readers.allSatisfy({ $0.position >= 0 }),
        let kept = codec.kept(type, readers), kept.bytes < type.bytes
      else { return nil }
      return CodecSite(value: value, codec: codec, bytes: type.bytes, keptBytes: kept.bytes)
    }
    return sites.sorted { ($0.bytes - $0.keptBytes, $1.value) > ($1.bytes - $1.keptBytes, $0.value) }
  }

  /// Operations of the backward pass by the forward value that they read; at position -1 where they read a view of it.
  private var savedReaders: [ValueID: [SavedReader]] {
    let forward = Set(forwardOperations)
    var readers: [ValueID: [SavedReader]] = [:]
    for node in graph.nodes where !forward.contains(node.output) {
      if case .view = node.op.sharing { continue }
      for (position, operand) in node.inputs.enumerated() {
        let content = graph.content(of: operand)
        guard forward.contains(content) else { continue }
        readers[content, default: []].append(
          SavedReader(
            op: node.op, operands: node.inputs, position: content == operand ? position : -1,
            type: graph.type(content), name: graph[node.output].name))
      }
    }
    return readers
  }

  /// The step that keeps less of some values; its gradients of weights are about those of the step that keeps all.
  public func encoding(_ sites: [CodecSite], seed: Int) throws(ShapeError) -> TrainingGraph {
    let forward = Set(forwardOperations)
    let byValue = Dictionary(uniqueKeysWithValues: sites.enumerated().map { ($1.value, (site: $1, tensor: $0)) })
    var kept: [ValueID: ValueID] = [:]
    var rewriter = Rewriter(graph)
    for id in graph.ids {
      let node = graph.node(id)
      let position = node.flatMap { node in
        forward.contains(id) ? nil : node.inputs.firstIndex { byValue[$0] != nil }
      }
      if let node, let position, let (site, tensor) = byValue[node.inputs[position]] {
        let reader = SavedReader(
          op: node.op, operands: node.inputs.map { rewriter[$0] }, position: position, type: graph.type(site.value),
          name: graph[id].name)
        rewriter[id] = try site.codec.read(
          reader, kept[site.value]!, key: CodecKey(seed: seed, tensor: tensor), in: &rewriter.graph)
      } else {
        try rewriter.copy(id)
      }
      if let (site, tensor) = byValue[id] {
        kept[id] = try site.codec.encode(
          rewriter[id], key: CodecKey(seed: seed, tensor: tensor), in: &rewriter.graph)
      }
    }
    return mapped(&rewriter)
  }
}
