import IR
import Operators

/// ReduceMean and ReduceSum; axes are an attribute or an operand, by operator and opset.
func reduction(isMean: Bool) -> Rule.Apply {
  { (node, b) throws(NodeFault) in
    let x = try b.value(node, 0)
    let rank = x.view.rank
    var axes = try node.optionalInts("axes") ?? []
    if let operand = try node.optionalIntegers(1) { axes = operand }
    if axes.isEmpty {
      if try node.bool("noop_with_empty_axes", default: false) { return [.value(x)] }
      axes = Array(0..<rank)
    }
    axes = try node.axes(axes, rank: rank)
    let keeps = try node.bool("keepdims", default: true)
    return [.value(try b.reduced(x, axes, isMean: isMean, keepsAxes: keeps, label: node.label))]
  }
}

/// GlobalAveragePool: the mean over all axes behind the channels.
func globalAveragePool(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let tensor = try node.input(0)
  guard tensor.shape.count >= 3 else { throw .shapes([tensor.shape]) }
  let x = try b.value(tensor, of: node, 0, order: View.channelsLast(rank: tensor.shape.count))
  return [.value(try b.reduced(x, Array(2..<x.view.rank), isMean: true, keepsAxes: true, label: node.label))]
}

extension Builder {
  fileprivate mutating func reduced(
    _ x: Activation, _ axes: [Int], isMean: Bool, keepsAxes: Bool, label: String
  ) throws(NodeFault) -> Activation {
    let count = axes.reduce(1) { $0 * x.view.shape[$1] }
    let positions = x.view.positions
    let op = Reduce(axes: axes.map { positions[$0] }.sorted(), scale: isMean ? 1 / Double(count) : 1)
    let result = axes.isEmpty ? x.id : try append(op, [aligned(x)], label: label)
    let kept = View(x.view.shape.indices.map { axes.contains($0) ? 1 : x.view.shape[$0] }, order: x.view.order)
    return Activation(id: result, view: keepsAxes ? kept : kept.removing(axes))
  }
}

extension View {
  /// The view without axes of size 1.
  func removing(_ axes: [Int]) -> View {
    let kept = shape.indices.filter { !axes.contains($0) }
    return View(kept.map { shape[$0] }, order: order.compactMap { kept.firstIndex(of: $0) })
  }
}

extension OperatorNode {
  /// Different axes, counted from the front.
  func axes(_ axes: [Int], rank: Int) throws(NodeFault) -> [Int] {
    guard axes.count <= rank else { throw .attribute(name: "axes", value: "\(axes.prefix(8))") }
    var result: [Int] = []
    for axis in axes {
      let counted = try self.axis(axis, rank: rank, name: "axes")
      guard !result.contains(counted) else { throw .attribute(name: "axes", value: "\(axes)") }
      result.append(counted)
    }
    return result
  }
}
