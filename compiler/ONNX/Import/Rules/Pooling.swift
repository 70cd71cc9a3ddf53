import IR
import Operators

/// MaxPool, without indices.
func maxPool(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try node.expectOneOutput()
  let x = try b.picture(node, 0)
  var window = try poolingWindow(node, x)
  var picture = x.id
  // A border that never wins is no different from padding: of the lowest value, or of zeros around what is not below.
  let highest = b.isNonNegative(x.id) ? 0 : -Double(Float.greatestFiniteMagnitude)
  if let (before, pads) = b.padding(x.id, where: { $0 <= highest }) {
    for side in pads.indices { window.sliding.pads[side] += pads[side] }
    picture = before
  }
  let op = MaxPool(Pooling(kernel: window.kernel, window.sliding))
  let y = try b.append(op, [picture], label: node.label)
  return [b.result(y, rank: x.view.rank)]
}

/// AveragePool.
func averagePool(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.picture(node, 0)
  var window = try poolingWindow(node, x)
  var countsPadding = try node.bool("count_include_pad", default: false)
  var picture = x.id
  if countsPadding || window.sliding.pads.allSatisfy({ $0 == 0 }) {
    picture = b.withoutZeroPadding(x.id, &window)
    countsPadding = countsPadding || picture != x.id
  }
  let op = AveragePool(
    Pooling(kernel: window.kernel, window.sliding), countsPadding: countsPadding, ceilPads: window.ceilPads)
  let y = try b.append(op, [picture], label: node.label)
  return [b.result(y, rank: x.view.rank)]
}

/// GlobalMaxPool: one window as large as the picture.
func globalMaxPool(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.picture(node, 0)
  let size = b.graph.type(x.id).shape[1...2]
  let pooled = try b.append(MaxPool(Pooling(kernel: Array(size))), [x.id], label: node.label)
  return [b.result(pooled, rank: x.view.rank)]
}

private func poolingWindow(_ node: OperatorNode, _ x: Activation) throws(NodeFault) -> WindowAttributes {
  guard let kernel = try node.optionalInts("kernel_shape"), kernel.count == x.spatial.count else {
    throw .attributeKind(name: "kernel_shape", expected: "\(x.spatial.count) integers")
  }
  return try WindowAttributes(
    node, kernel: kernel, input: x.spatial, roundsUp: node.bool("ceil_mode", default: false))
}

extension Builder {
  /// Whether a value is known to have no negative element; looks through a few operators that keep signs.
  func isNonNegative(_ id: ValueID) -> Bool {
    var id = id
    for _ in 0..<8 {
      guard let node = graph.node(id) else { return false }
      switch node.op {
      case let function as any ActivationFunction: return function.bounds.lowerBound >= 0
      case is Softmax: return true
      case let pad as Pad where pad.value < 0: return false
      case is Pad, is MaxPool, is AveragePool, is Reshape, is Transpose: id = node.inputs[0]
      default: return false
      }
    }
    return false
  }
}
