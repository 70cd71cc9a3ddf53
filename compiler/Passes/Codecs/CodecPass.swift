import IR
import Operators

/// A saved tensor that a codec can compress.
public struct CodecSite: Sendable {
  public let value: ValueID
  public let codec: any SavedTensorCodec
  /// Bytes of the value, and of what is kept of it.
  public let bytes: Int
  public let keptBytes: Int
  /// The operations of the backward pass that read the value.
  let readers: [SavedReader]
}

/// Codecs of saved tensors, the most exact first.
public let savedTensorCodecs: [any SavedTensorCodec] = [
  EightBitCodec(), FourBitCodec(), SegmentCodec(), WinnerRowCodec(), ProjectionCodec(),
]

extension TrainingGraph {
  /// Saved tensors that a codec can compress, those that it saves the most bytes of first.
  public func sites(_ codec: any SavedTensorCodec) -> [CodecSite] {
    let reads = Dictionary(grouping: backwardReads, by: \.value)
    let sites = Set(reads.keys).subtracting(results).sorted().compactMap { value -> CodecSite? in
      let type = graph.type(value)
      let readers = reads[value]!
      // Whoever reads it under another shape wants all of it.
      guard readers.allSatisfy({ $0.node.inputs[$0.position] == value }) else { return nil }
      let saved = readers.map { reader($0.node, $0.position, type, $0.node.inputs) }
      guard let kept = codec.kept(type, saved), kept.bytes < type.bytes else { return nil }
      return CodecSite(value: value, codec: codec, bytes: type.bytes, keptBytes: kept.bytes, readers: saved)
    }
    return sites.sorted { ($0.bytes - $0.keptBytes, $1.value) > ($1.bytes - $1.keptBytes, $0.value) }
  }

  private func reader(_ node: Node, _ position: Int, _ type: TensorType, _ operands: [ValueID]) -> SavedReader {
    SavedReader(op: node.op, operands: operands, position: position, type: type, name: graph[node.output].name)
  }

  /// The step with some saved tensors compressed; its weight gradients are about those of the step that keeps all.
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
        let operands = node.inputs.map { rewriter[$0] }
        rewriter[id] = try site.codec.read(
          reader(node, position, graph.type(site.value), operands), kept[site.value]!,
          key: CodecKey(seed: seed, tensor: tensor), in: &rewriter.graph)
      } else {
        try rewriter.copy(id)
      }
      if let (site, tensor) = byValue[id] {
        kept[id] = try site.codec.encode(
          rewriter[id], for: site.readers, key: CodecKey(seed: seed, tensor: tensor), in: &rewriter.graph)
      }
    }
    return mapped(&rewriter)
  }
}
