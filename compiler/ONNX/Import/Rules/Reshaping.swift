import IR

// Operators that change how a tensor is seen. Memory moves only where the new shape cannot be seen in the present one.

/// Identity.
func identity(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] { [try node.input(0)] }

/// Reshape: 0 keeps a size (unless `allowzero`), one −1 takes what is left.
func reshape(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  var target = try node.integers(1)
  if try node.bool("allowzero", default: false) == false {
    for (axis, size) in target.enumerated() where size == 0 && axis < x.shape.count { target[axis] = x.shape[axis] }
  }
  guard let shape = b.plan.completed(target, of: x) else { throw .values(tensor: node.inputName(1), target) }
  return [try b.reshaped(x, shape, label: node.label)]
}

/// Flatten: a matrix of the axes before and from `axis` on.
func flatten(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let rank = x.shape.count
  let axis = try node.int("axis", default: 1)
  guard (-rank...rank).contains(axis) else { throw .attribute(name: "axis", value: "\(axis)") }
  let split = axis < 0 ? axis + rank : axis
  let shape = [x.shape[..<split].reduce(1, *), x.shape[split...].reduce(1, *)]
  return [try b.reshaped(x, shape, label: node.label)]
}

/// Squeeze: leaves out axes of size 1, all of them where none are named.
func squeeze(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try squeezed(node, node.optionalIntegers(1), &b)
}

/// Squeeze up to opset 12: axes are an attribute.
func squeezeByAttribute(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try squeezed(node, node.optionalInts("axes"), &b)
}

private func squeezed(
  _ node: OperatorNode, _ given: [Int]?, _ b: inout Builder
) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let named = given ?? x.shape.indices.filter { x.shape[$0] == 1 }
  let axes = try node.axes(named, rank: x.shape.count)
  for axis in axes where x.shape[axis] != 1 { throw .shapes([x.shape]) }
  return [try b.reshaped(x, x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }, label: node.label)]
}

/// Unsqueeze: new axes of size 1, counted in the result.
func unsqueeze(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try unsqueezed(node, node.integers(1), &b)
}

/// Unsqueeze up to opset 12: axes are an attribute.
func unsqueezeByAttribute(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  guard let named = try node.optionalInts("axes") else {
    throw .attributeKind(name: "axes", expected: "a list of integers")
  }
  return try unsqueezed(node, named, &b)
}

private func unsqueezed(
  _ node: OperatorNode, _ named: [Int], _ b: inout Builder
) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  guard x.shape.count + named.count <= mostAxes else { throw .attribute(name: "axes", value: "\(named.prefix(8))") }
  let axes = try node.axes(named, rank: x.shape.count + named.count)
  var shape = x.shape
  for axis in axes.sorted() { shape.insert(1, at: axis) }
  return [try b.reshaped(x, shape, label: node.label)]
}

/// Transpose.
func transpose(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let perm = try node.optionalInts("perm") ?? x.shape.indices.reversed()
  guard perm.sorted() == Array(x.shape.indices) else { throw .attribute(name: "perm", value: "\(perm)") }
  switch x {
  case .value(let activation): return [.value(Activation(id: activation.id, view: activation.view.transposed(perm)))]
  case .constant(let constant): return [.constant(constant.seen(constant.view.transposed(perm)))]
  case .integers(let integers):
    let strides = integers.strides
    return [.integers(integers.walked(perm.map { integers.shape[$0] }, strides: perm.map { strides[$0] }))]
  }
}

extension Builder {
  /// The tensor in a shape with as many elements.
  mutating func reshaped(
    _ tensor: ModelTensor, _ shape: [Int], label: String
  ) throws(NodeFault) -> ModelTensor {
    guard let count = elementCount(shape), count == elementCount(tensor.shape) else {
      throw .shapes([tensor.shape, shape])
    }
    if shape == tensor.shape { return tensor }
    switch tensor {
    case .integers(let integers): return .integers(integers.reshaped(shape))
    case .constant(let constant):
      guard count > 0 else { throw .size(shape: shape) }
      let change = constant.view.reshaped(shape)
      if change.order == constant.view.order { return .constant(constant.seen(change.result)) }
      guard count <= ConstantTensor.largestComputed else { throw .size(shape: shape) }
      // Bytes in another order are no longer what the file holds under the old name.
      return .constant(ConstantTensor(name: label, shape: shape, constant.floats))
    case .value(let activation):
      let change = activation.view.reshaped(shape)
      if change.order == activation.view.order {
        return .value(Activation(id: activation.id, view: change.result))
      }
      let dense = change.order.map { activation.view.shape[$0] }
      return .value(Activation(id: try ordered(activation, change.order, shape: dense), view: change.result))
    }
  }
}

extension ConstantTensor {
  func seen(_ view: View) -> ConstantTensor { ConstantTensor(name: name, source: source, view: view) }
}

extension ImportPlan {
  /// The shape that a Reshape means, with the batch of this import where the file has that of its exporter.
  fileprivate func completed(_ target: [Int], of x: ModelTensor) -> [Int]? {
    guard let count = elementCount(x.shape) else { return nil }
    let plain = fitting(target, count)
    // The batch may be joined with axes behind it: 36 rows are 6 samples of 6.
    guard !x.isKnown, let batch, let rows = x.shape.first, rows.isMultiple(of: batch), let first = target.first,
      first > 0, first != batch
    else { return plain }
    let rebatched = fitting([batch] + target.dropFirst(), count)
    return first == declaredBatch ? rebatched ?? plain : plain ?? rebatched
  }

  private func fitting(_ target: [Int], _ count: Int) -> [Int]? {
    var shape = target
    let open = target.indices.filter { target[$0] == -1 }
    guard open.count <= 1, target.allSatisfy({ $0 >= -1 }) else { return nil }
    if let axis = open.first {
      shape[axis] = 1
      guard let rest = elementCount(shape), rest > 0 else { return nil }
      shape[axis] = count / rest
    }
    return elementCount(shape) == count ? shape : nil
  }
}
