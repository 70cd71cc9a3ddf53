import IR
import Operators

/// What keeps a network from being trained as a classifier or regressor.
public enum HeadError: Error, Hashable, Sendable {
  /// The network has no output at all.
  case noOutput
  /// No layer with a weight of its own leads to the output.
  case noClassifier
  /// The layers behind the classifier cannot follow a change of its outputs.
  case cannotFollow(node: String, ShapeError)
}

extension Graph {
  /// The network that ends in "logits" [N, C]: its first output, without a softmax at the end where `stripsSoftmax`.
  ///
  /// The other outputs, and what only they need, are left out.
  public func endingInLogits(strippingSoftmax stripsSoftmax: Bool) throws(HeadError) -> Graph {
    guard var logits = outputs.first?.value else { throw .noOutput }
    if stripsSoftmax { logits = beforeSoftmax(logits) }
    var graph = self
    let type = type(logits)
    do throws(ShapeError) {
      let isMap = type.rank > 2 && type.shape[1...].count { $0 > 1 } <= 1
      if isMap { logits = try graph.append(Reshape(shape: [type.shape[0], type.count / type.shape[0]]), logits) }
      graph.outputs = [("logits", logits)]
      return try graph.pruned()
    } catch { throw .cannotFollow(node: "logits", error) }
  }

  /// The operand of the softmax that gives `value`, looking through changes of shape.
  private func beforeSoftmax(_ value: ValueID) -> ValueID {
    var id = value
    while let node = node(id) {
      if node.op is Softmax || node.op is LogSoftmax { return node.inputs[0] }
      guard node.op is Reshape || node.op is Transpose else { break }
      id = node.inputs[0]
    }
    return value
  }
}
