import IR
import Operators

/// A classifier that took the place of the network's own.
public struct NewHead: Hashable, Sendable {
  /// Name of the weight it replaces.
  public let replaces: String
  public let features: Int
  public let classes: Int
  /// Decides the values it starts from.
  public let seed: UInt64
}

extension Graph {
  /// The network whose last weighted layer is a new, seeded one with `classes` outputs: `head.weight`, `head.bias`.
  ///
  /// Weight and bias start uniform in ±1/√features, as PyTorch's linear layers do. Layers behind the head follow.
  /// - Throws: `HeadError.noClassifier`, `cannotFollow`.
  public func replacingHead(classes: Int, seed: UInt64) throws(HeadError) -> (graph: Graph, head: NewHead) {
    let candidate = nodes.last { $0.op is Conv && constant($0.inputs[1]) != nil }
    guard let old = candidate, let conv = old.op as? Conv else { throw .noClassifier }
    let shape = type(old.inputs[1]).shape
    let features = shape[1...].reduce(1, *)
    let bound = 1 / Float(features).squareRoot()
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
          let weight = Constant(
            TensorType([classes] + shape[1...]), uniform: bound, seed: seed, name: "head.weight")
          let bias = Constant(TensorType(classes), uniform: bound, seed: seed, name: "head.bias")
          let operands = [
            rewriter[node.inputs[0]], rewriter.graph.constant("head.weight", weight),
            rewriter.graph.constant("head.bias", bias),
          ]
          let op = Conv(conv.sliding, hasBias: true)
          rewriter[id] = try rewriter.graph.append(op, operands, name: self[id].name)
        } else {
          rewriter[id] = try rewriter.follow(node, from: shape[0], to: classes, name: self[id].name)
        }
      }
      return (
        try rewriter.finish().pruned(),
        NewHead(replaces: self[old.inputs[1]].name, features: features, classes: classes, seed: seed)
      )
    } catch { throw .cannotFollow(node: self[current.output].name, error) }
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
