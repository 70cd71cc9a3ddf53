import IR
import Operators
import Runtime

/// Concat.
func concat(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let first = try node.input(0)
  var tensors: [ModelTensor] = []
  for index in node.inputs.indices { tensors.append(try node.input(index)) }
  guard let axis = try node.optionalInt("axis") else { throw .attributeKind(name: "axis", expected: "an integer") }
  return [try b.joined(tensors, node.axis(axis, rank: first.shape.count, name: "axis"), node)]
}

/// Expand: repeats a tensor to the shape that it and the operand broadcast to.
func expand(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let target = try node.integers(1)
  guard let shape = broadcast(x.shape, target) else { throw .values(tensor: node.inputName(1), target) }
  guard let count = elementCount(shape), count > 0 else { throw .size(shape: shape) }
  if case .integers(let integers) = x {
    guard count <= IntegerTensor.largest else { throw .size(shape: shape) }
    return [.integers(integers.expanded(shape))]
  }
  let value = try b.value(x, of: node, 0)
  let padded = Activation(id: value.id, view: value.view.padded(toRank: shape.count))
  let view = View(shape, order: padded.view.order)
  if padded.view == view { return [.value(padded)] }
  let expanded = try b.append(Expand(shape: view.physicalShape), [b.aligned(padded)], label: node.label)
  return [.value(Activation(id: expanded, view: view))]
}

/// Pad with a constant, the mirrored picture, its edge or itself; the amounts are known.
func pad(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.value(node, 0)
  let rank = x.view.rank
  let amounts = try node.integers(1)
  let axes = try node.axes(node.optionalIntegers(3) ?? Array(0..<rank), rank: rank)
  guard amounts.count == 2 * axes.count, amounts.allSatisfy({ $0.magnitude < 1 << 29 }) else {
    throw .values(tensor: node.inputName(1), amounts)
  }
  let text = try node.string("mode", default: "constant")
  let modes: [String: PadMode] = ["constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap]
  guard let mode = modes[text] else { throw .attribute(name: "mode", value: text) }
  let value = try node.optionalScalar(2) ?? 0
  var shape = x.view.shape
  let physical = x.view.physicalShape.count
  var pads = [Int](repeating: 0, count: 2 * physical)
  for (index, axis) in axes.enumerated() {
    let (before, behind) = (amounts[index], amounts[index + axes.count])
    shape[axis] += before + behind
    pads[x.view.positions[axis]] = before
    pads[x.view.positions[axis] + physical] = behind
  }
  if amounts.allSatisfy({ $0 == 0 }) { return [.value(x)] }
  let op = Pad(pads: pads, value: Double(value), mode: mode)
  let padded = try b.append(op, [b.aligned(x)], label: node.label)
  return [.value(Activation(id: padded, view: View(shape, order: x.view.order)))]
}

extension Builder {
  /// Joins tensors along a logical axis, in the layout of the first computed one.
  mutating func joined(
    _ tensors: [ModelTensor], _ axis: Int, _ node: OperatorNode
  ) throws(NodeFault) -> ModelTensor {
    var shape = tensors[0].shape
    shape[axis] = 0
    for tensor in tensors {
      var expected = shape
      if tensor.shape.count == shape.count { expected[axis] = tensor.shape[axis] }
      guard tensor.shape == expected else { throw .shapes(tensors.map(\.shape)) }
      shape[axis] += tensor.shape[axis]
    }
    if tensors.count == 1 { return tensors[0] }
    let integers = tensors.compactMap { if case .integers(let integers) = $0 { integers } else { nil } }
    if integers.count == tensors.count {
      guard let count = elementCount(shape), count <= IntegerTensor.largest else { throw .size(shape: shape) }
      return .integers(IntegerTensor(joining: integers, axis, shape))
    }
    let computed = tensors.compactMap { if case .value(let activation) = $0 { activation } else { nil } }
    let view = View(shape, order: computed.first?.view.order)
    var operands: [ValueID] = []
    for (index, tensor) in tensors.enumerated() where tensor.shape[axis] > 0 {
      operands.append(try value(tensor, of: node, index, order: view.order).id)
    }
    let position = view.positions[axis]
    // The kernel takes so many operands at a time.
    while operands.count > ConcatParameters.capacity {
      let group = Array(operands.prefix(ConcatParameters.capacity))
      operands.replaceSubrange(0..<group.count, with: [try append(Concat(axis: position), group)])
    }
    return .value(Activation(id: try append(Concat(axis: position), operands, label: node.label), view: view))
  }
}

extension IntegerTensor {
  fileprivate init(joining parts: [IntegerTensor], _ axis: Int, _ shape: [Int]) {
    // Rows of no elements may be many.
    let outer = shape.contains(0) ? 0 : shape[..<axis].reduce(1, *)
    let values = (0..<outer).flatMap { row in
      parts.flatMap { part in
        let width = part.shape[axis...].reduce(1, *)
        return part.values[(row * width)..<((row + 1) * width)]
      }
    }
    self.init(shape: shape, values: values, dtype: parts[0].dtype)
  }
}
