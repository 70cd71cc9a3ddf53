import IR
import Operators

extension Graph {
  /// The network whose classifier computes in float: its integer weights become float constants of the same names, and
  /// what rounds its result to integers goes.
  ///
  /// A network without integers comes back as it is.
  public func withFloatClassifier() throws(ShapeError) -> Graph {
    let tail = tail()
    let classifier = nodes.last { $0.op is Conv }
    let weights = Set((classifier?.inputs ?? []).compactMap { dequantizedConstant(multiplied($0)) })
    var rewriter = Rewriter(self)
    for id in ids where !weights.contains(id) {
      guard let node = node(id) else {
        try rewriter.copy(id)
        continue
      }
      if let integers = dequantizedConstant(id), weights.contains(integers) {
        rewriter[id] = rewriter.graph.constant(self[integers].name, constant(integers)!.dequantized())
      } else if tail.contains(id), node.op is Dequantize, let quantize = self.node(node.inputs[0]),
        quantize.op is Quantize
      {
        rewriter[id] = rewriter[quantize.inputs[0]]
      } else {
        try rewriter.copy(id)
      }
    }
    return try rewriter.finish().pruned()
  }

  /// The first output and what only changes its shape or rounds it, back to the layer that computes it.
  private func tail() -> Set<ValueID> {
    var tail: Set<ValueID> = []
    var id = outputs.first?.value
    while let value = id, let node = node(value) {
      guard
        node.op is Reshape || node.op is Transpose || makesProbabilities(node.op) || node.op is Dequantize
          || node.op is Quantize
      else { break }
      tail.insert(value)
      id = node.inputs[0]
    }
    return tail
  }

  /// The value behind factors and broadcasts.
  private func multiplied(_ id: ValueID) -> ValueID {
    var id = id
    while let node = node(id), node.op is Affine || node.op is Expand { id = node.inputs[0] }
    return id
  }

  /// The integer constant whose real values `id` is.
  func dequantizedConstant(_ id: ValueID) -> ValueID? {
    guard let node = node(id), node.op is Dequantize, isConstant(node.inputs[0]) else { return nil }
    return node.inputs[0]
  }

  /// Whether anything of the network is rounded to integers.
  public var isQuantized: Bool { nodes.contains { $0.op is Quantize } }
}
