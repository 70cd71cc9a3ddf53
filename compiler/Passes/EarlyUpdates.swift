import IR
import Operators

/// A weight that can be updated before its layer's input gradient is computed, if its old values are copied first.
public struct EarlyUpdate: Sendable {
  let weight: ValueID
  /// The operations of the backward pass that read the old values.
  let readers: Set<ValueID>
  /// Bytes of the old values.
  public let bytes: Int
}

extension TrainingGraph {
  /// The weights whose early update frees more than their old values take.
  ///
  /// A fused update reads the layer's input x. If it runs first, the lifetime of x ends before its gradient is written,
  /// and the gradient can take its memory.
  public var earlyUpdates: [EarlyUpdate] {
    let forward = Set(forwardOperations)
    var readers: [ValueID: [Node]] = [:]
    for node in graph.nodes where !forward.contains(node.output) && node.op.timing != .encodesForBackward {
      for operand in Set(node.inputs.map(graph.content)) { readers[operand, default: []].append(node) }
    }
    return parameters.compactMap { parameter in
      guard let update = graph.node(parameter.update), let x = (update.op as? any FusedUpdate)?.source(of: update)
      else { return nil }
      let weight = graph.content(of: update.inputs[0])
      let all = readers[weight, default: []] + readers[graph.content(of: x), default: []]
      let before = graph.ancestors(of: update, from: all.map(\.output).min() ?? update.output)
      func later(_ value: ValueID) -> [Node] { readers[value, default: []].filter { !before.contains($0.output) } }
      let (others, bytes) = (later(weight), graph.type(weight).bytes)
      // Where others read x afterwards, it has to stay.
      guard !others.isEmpty, later(graph.content(of: x)).isEmpty, graph.type(x).bytes > bytes,
        others.allSatisfy({ graph.type($0.output).bytes > bytes })
      else { return nil }
      return EarlyUpdate(weight: weight, readers: Set(others.map(\.output)), bytes: bytes)
    }
  }

  /// The step that makes these updates first; the input gradients read copies of the old values.
  public func updatingEarly(_ sites: [EarlyUpdate]) throws(ShapeError) -> TrainingGraph {
    var copied: [ValueID: ValueID] = [:]
    let weights = Dictionary(sites.flatMap { site in site.readers.map { ($0, [site.weight]) } }, uniquingKeysWith: +)
    var rewriter = Rewriter(graph)
    for id in graph.ids {
      guard let wanted = weights[id], let node = graph.node(id) else {
        try rewriter.copy(id)
        continue
      }
      for weight in wanted where copied[weight] == nil {
        copied[weight] = try rewriter.graph.append(
          WeightCopy(), rewriter[weight], name: graph[weight].name + ".old")
      }
      let operands = node.inputs.map { wanted.contains($0) ? copied[$0]! : rewriter[$0] }
      rewriter[id] = try rewriter.graph.append(node.op, operands, as: graph[id])
    }
    return mapped(&rewriter)
  }
}

extension Graph {
  /// An operation and what it depends on, down to a value: operands stand before users.
  fileprivate func ancestors(of node: Node, from first: ValueID) -> Set<ValueID> {
    var found: Set<ValueID> = [node.output]
    var stack = node.inputs
    while let id = stack.popLast() {
      if id >= first, found.insert(id).inserted { stack += self.node(id)?.inputs ?? [] }
    }
    return found
  }
}
