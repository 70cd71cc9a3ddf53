import IR
import Operators

extension Graph {
  /// The float form of a quantized network: real weights under the integers' names, and each rounding of an activation only
  /// clips to the range that its integers have, as saturation may be what is left of an activation function.
  public func dequantized() throws(ShapeError) -> Graph {
    var rewriter = Rewriter(self)
    let integers = Set(ids.compactMap(dequantizedConstant))
    var floats: [ValueID: ValueID] = [:]
    for id in ids where !integers.contains(id) {
      guard let node = node(id) else {
        try rewriter.copy(id)
        continue
      }
      switch node.op {
      case let op as Quantize:
        rewriter[id] = try rewriter.graph.append(Clip(op.bounds), rewriter[node.inputs[0]], name: self[id].name)
      case is Dequantize:
        guard let constant = dequantizedConstant(id) else {
          rewriter[id] = rewriter[node.inputs[0]]
          continue
        }
        let value =
          floats[constant] ?? rewriter.graph.constant(self[constant].name, self.constant(constant)!.dequantized())
        floats[constant] = value
        rewriter[id] = value
      default: try rewriter.copy(id)
      }
    }
    return try rewriter.finish().pruned()
  }
}
