import IR
import Operators

/// A block that a small branch can stand beside: expansion, depthwise convolution, projection (Sandler et al.,
/// MobileNetV2, 2018), or the last two.
public struct LiteBlock: Hashable, Sendable {
  /// Weight of the projection, which names the block.
  public let layer: String
  /// What the block reads, and what it makes: sums with its input are part of it.
  public let input: ValueID
  public let output: ValueID

  /// What the names of a branch begin with.
  public static func branch(beside layer: String) -> String { layer + ".lite" }

  /// The layer whose branch a weight belongs to.
  static func layer(ofBranch name: String) -> String? {
    for end in [".lite.conv", ".lite.point"] where name.hasSuffix(end) { return String(name.dropLast(end.count)) }
    return nil
  }
}

extension Graph {
  /// The blocks of a network as it was imported, in its order.
  public var liteBlocks: [LiteBlock] {
    let chains = ChainedValues(self)
    return nodes.compactMap { node in
      guard node.op is DepthwiseConv, let projection = chains.next(behind: node.output),
        let point = self.node(projection), isPointwise(point), let weight = weightName(of: point)
      else { return nil }
      var input = chains.start(before: node.inputs[0])
      if let expansion = self.node(input), isPointwise(expansion), !chains.isProjection(expansion),
        chains.next(behind: input) == node.output
      {
        input = expansion.inputs[0]
      } else {
        input = node.inputs[0]
      }
      let (from, to) = (chains.rounded(before: input), chains.end(of: projection, joining: input))
      guard !outputs.contains(where: { content(of: $0.value) == to }) else { return nil }
      return LiteBlock(layer: weight, input: from, output: to)
    }
  }

  fileprivate func isPointwise(_ node: Node) -> Bool {
    guard let conv = node.op as? Conv else { return false }
    let shape = type(node.inputs[1]).shape
    return conv.groups == 1 && shape[1] == 1 && shape[2] == 1 && conv.sliding.strides.allSatisfy { $0 == 1 }
  }

  /// The constant behind a weight, in float or as integers.
  private func weightName(of node: Node) -> String? {
    let weight = node.inputs[1]
    if constant(weight) != nil { return self[weight].name }
    guard let rounded = self.node(weight), rounded.op is Dequantize, constant(rounded.inputs[0]) != nil else {
      return nil
    }
    return self[rounded.inputs[0]].name
  }
}

/// Follows values that one operation reads, through activations and roundings.
private struct ChainedValues {
  let graph: Graph
  private var users: [[ValueID]]

  init(_ graph: Graph) {
    self.graph = graph
    users = Array(repeating: [], count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { users[operand.index].append(node.output) } }
  }

  private func isTransparent(_ node: Node) -> Bool {
    if let function = node.op as? any ActivationFunction { return !type(of: function).makesProbabilities }
    return node.op is Quantize || node.op is Dequantize
  }

  /// The layer that alone reads what a layer makes.
  func next(behind id: ValueID) -> ValueID? {
    var id = id
    while users[id.index].count == 1, let user = graph.node(users[id.index][0]) {
      guard isTransparent(user) else { return user.output }
      id = user.output
    }
    return nil
  }

  /// What activations and roundings were made from.
  func start(before id: ValueID) -> ValueID {
    var id = id
    while let node = graph.node(id), isTransparent(node) { id = node.inputs[0] }
    return id
  }

  /// Whether a pointwise convolution ends a block.
  func isProjection(_ node: Node) -> Bool {
    graph.node(start(before: node.inputs[0]))?.op is DepthwiseConv
  }

  /// The rounded form of a value that was rounded.
  func rounded(before id: ValueID) -> ValueID {
    guard let node = graph.node(id), node.op is Dequantize else { return id }
    return node.inputs[0]
  }

  /// What the block comes to: the activation behind the projection, the sum with the block's input, both rounded.
  func end(of projection: ValueID, joining input: ValueID) -> ValueID {
    var end = projection
    while let user = onlyUser(end) {
      let joins = user.op is Add && user.inputs.contains { rounded(before: $0) == rounded(before: input) }
      guard joins || isTransparent(user) else { break }
      end = user.output
    }
    return rounded(before: end)
  }

  private func onlyUser(_ id: ValueID) -> Node? {
    users[id.index].count == 1 ? graph.node(users[id.index][0]) : nil
  }
}
