import IR
import Operators

/// A classifier that took the place of the network's own.
public struct NewHead: Hashable, Sendable {
  /// Name of the weight it replaces.
  public let replaces: String
  /// Its weight is `<name>.weight`, its bias `<name>.bias`.
  public let name: String
  public let features: Int
  public let classes: Int
  /// Decides the values it starts from.
  public let seed: UInt64
}

extension Graph {
  /// The network whose last weighted layer is a new, seeded one with `classes` outputs: `head.weight`, `head.bias`, or
  /// `head_2.weight` and so on where these names are taken.
  ///
  /// Weight and bias start uniform in ±1/√features, as PyTorch's linear layers do. Layers behind the head follow.
  /// - Parameter taken: names that the file has beside the graph's, given those of the old classifier's constants.
  /// - Throws: `HeadError.noClassifier`, `severalClassifiers`, `cannotFollow`.
  public func replacingHead(
    classes: Int, seed: UInt64, taken: ([String]) -> Set<String> = { _ in [] }
  ) throws(HeadError) -> (graph: Graph, head: NewHead) {
    guard let old = nodes.last(where: isWeighted), let conv = old.op as? Conv else { throw .noClassifier }
    if let other = weightedLayer(beside: old) {
      throw .severalClassifiers(last: self[old.inputs[1]].name, other: self[other.inputs[1]].name)
    }
    let shape = type(old.inputs[1]).shape
    let features = shape[1...].reduce(1, *)
    let bound = 1 / Float(features).squareRoot()
    let name = headName(replacing: old, taken)
    var rewriter = Rewriter(self)
    var current = old
    do throws(ShapeError) {
      for id in ids {
        guard let node = node(id) else {
          try rewriter.copy(id)
          continue
        }
        current = node
        if id == old.output {
          // The values depend on the seed alone, whatever the names.
          let weight = Constant(
            TensorType([classes] + shape[1...]), uniform: bound, seed: seed, name: "head.weight")
          let bias = Constant(TensorType(classes), uniform: bound, seed: seed, name: "head.bias")
          let operands = [
            rewriter[node.inputs[0]], rewriter.graph.constant(name + ".weight", weight),
            rewriter.graph.constant(name + ".bias", bias),
          ]
          let op = Conv(conv.sliding, hasBias: true)
          rewriter[id] = try rewriter.graph.append(op, operands, name: self[id].name)
        } else {
          rewriter[id] = try rewriter.follow(node, from: shape[0], to: classes, name: self[id].name)
        }
      }
      return (
        try rewriter.finish().pruned(),
        NewHead(
          replaces: self[old.inputs[1]].name, name: name, features: features, classes: classes, seed: seed)
      )
    } catch { throw .cannotFollow(node: self[current.output].name, error) }
  }

  private func isWeighted(_ node: Node) -> Bool { node.op is Conv && constant(node.inputs[1]) != nil }

  /// A weighted layer that the first result is made of by a way around another one.
  private func weightedLayer(beside layer: Node) -> Node? {
    var seen: Set<ValueID> = [layer.output]
    var waiting = outputs.prefix(1).map(\.value)
    while let id = waiting.popLast() {
      guard seen.insert(id).inserted, let node = node(id) else { continue }
      if isWeighted(node) { return node }
      waiting += node.inputs
    }
    return nil
  }

  /// `head`, or the first of `head_2`, `head_3`, ... under which nothing that stays is called.
  private func headName(replacing old: Node, _ taken: ([String]) -> Set<String>) -> String {
    let own = old.inputs.dropFirst().filter { operand in
      isConstant(operand) && nodes.count { $0.inputs.contains(operand) } == 1
    }
    let names = Set(ids.filter { !own.contains($0) }.map { self[$0].name }).union(taken(own.map { self[$0].name }))
    var candidate = "head"
    var number = 2
    while names.contains(candidate + ".weight") || names.contains(candidate + ".bias") {
      candidate = "head_\(number)"
      number += 1
    }
    return candidate
  }
}

extension Rewriter {
  /// Copies a node; a view of a tensor whose channels went from `old` to `new` follows.
  fileprivate mutating func follow(
    _ node: Node, from old: Int, to new: Int, name: String
  ) throws(ShapeError) -> ValueID {
    let operands = node.inputs.map { self[$0] }
    guard let view = node.op as? Reshape, source.type(node.inputs[0]).count != graph.type(operands[0]).count else {
      return try graph.append(node.op, operands, name: name)
    }
    // The first axis is the batch, which may be as large as the classes were.
    let shape = view.shape.prefix(1) + view.shape.dropFirst().map { $0 == old ? new : $0 }
    return try graph.append(Reshape(shape: Array(shape)), operands, name: name)
  }
}
