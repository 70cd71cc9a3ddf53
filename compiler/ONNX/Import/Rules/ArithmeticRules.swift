import IR
import Operators

/// An operator of two operands that broadcast: on integers while importing, on floats in the graph.
func arithmetic(
  _ op: any Operator & Sendable, _ integers: @escaping @Sendable (Int, Int) -> Int?
) -> Rule.Apply {
  { (node, b) throws(NodeFault) in
    let (x, y) = (try node.input(0), try node.input(1))
    if case .integers(let x) = x, case .integers(let y) = y {
      return [.integers(try combine(x, y, integers, node))]
    }
    if op is Add, let layer = try b.layerWithBias(x, y, of: node) { return [.value(layer)] }
    if let (affine, operand) = scaling(op, x, y) {
      let value = try b.value(node, operand)
      if case .constant(let number) = operand == 0 ? y : x { b.absorb(number, into: node) }
      return [.value(Activation(id: try b.append(affine, [value.id], label: node.label), view: value.view))]
    }
    return [.value(try b.broadcast(op, x, y, of: node))]
  }
}

/// Sum of any number of operands.
func sum(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  var total = try node.input(0)
  for index in node.inputs.indices.dropFirst() {
    total = .value(try b.broadcast(Add(), total, node.input(index), of: node, operands: (0, index)))
  }
  return [total]
}

private func combine(
  _ x: IntegerTensor, _ y: IntegerTensor, _ op: (Int, Int) -> Int?, _ node: OperatorNode
) throws(NodeFault) -> IntegerTensor {
  guard x.dtype == y.dtype, let shape = broadcast(x.shape, y.shape) else { throw .shapes([x.shape, y.shape]) }
  guard let count = elementCount(shape), count <= IntegerTensor.largest else { throw .size(shape: shape) }
  var values: [Int] = []
  for (a, b) in zip(x.expanded(shape).values, y.expanded(shape).values) {
    guard let value = op(a, b) else { throw .values(tensor: node.inputName(1), y.values) }
    values.append(value)
  }
  return IntegerTensor(shape: shape, values: values, dtype: x.dtype)
}

/// Arithmetic with one known number is α·x + β: the operator, and which operand is x.
private func scaling(_ op: any Operator, _ x: ModelTensor, _ y: ModelTensor) -> (Affine, Int)? {
  if case .constant(let c) = y, c.view.rank <= x.shape.count, let value = c.scalar.map(Double.init), value.isFinite {
    switch op {
    case is Add: return (Affine(alpha: 1, beta: value), 0)
    case is Sub: return (Affine(alpha: 1, beta: -value), 0)
    case is Mul: return (Affine(alpha: value), 0)
    case is Div where value != 0: return (Affine(alpha: 1 / value), 0)
    default: return nil
    }
  }
  guard case .constant(let c) = x, c.view.rank <= y.shape.count, let value = c.scalar.map(Double.init), value.isFinite
  else { return nil }
  switch op {
  case is Add: return (Affine(alpha: 1, beta: value), 1)
  case is Sub: return (Affine(alpha: -1, beta: value), 1)
  case is Mul: return (Affine(alpha: value), 1)
  default: return nil
  }
}

extension Builder {
  /// Two operands that broadcast, in the layout of the larger computed one.
  mutating func broadcast(
    _ op: any Operator, _ x: ModelTensor, _ y: ModelTensor, of node: OperatorNode, operands: (Int, Int) = (0, 1)
  ) throws(NodeFault) -> Activation {
    guard let shape = ONNX.broadcast(x.shape, y.shape) else { throw .shapes([x.shape, y.shape]) }
    if case .value(let a) = x, case .value(let b) = y, a.view == b.view, graph.type(a.id) == graph.type(b.id) {
      return Activation(id: try append(op, [a.id, b.id], label: node.label), view: a.view)
    }
    let order = leader(x, y).padded(toRank: shape.count).order
    let a = try value(x, of: node, operands.0, padded: order)
    let b = try value(y, of: node, operands.1, padded: order)
    return Activation(id: try append(op, [a, b], label: node.label), view: View(shape, order: order))
  }

  private func leader(_ x: ModelTensor, _ y: ModelTensor) -> View {
    switch (x, y) {
    case (.value(let a), .value(let b)): a.view.count >= b.view.count ? a.view : b.view
    case (.value(let a), _): a.view
    case (_, .value(let b)): b.view
    default: View(x.shape)
    }
  }

  /// The operand with axes of size 1 in front, in the given order of them all.
  private mutating func value(
    _ tensor: ModelTensor, of node: OperatorNode, _ index: Int, padded order: [Int]
  ) throws(NodeFault) -> ValueID {
    if case .constant(let constant) = tensor {
      let view = View(constant.view.padded(toRank: order.count).shape, order: order)
      let padded = ConstantTensor(
        name: constant.name, source: constant.source, view: constant.view.padded(toRank: order.count))
      return try place(padded, order, shape: view.physicalShape)
    }
    let activation = try value(tensor, of: node, index)
    let view = activation.view.padded(toRank: order.count)
    return try aligned(Activation(id: activation.id, view: view), order).id
  }

  /// The sum of a layer without bias, which nothing else reads, and one number a channel: the layer with that bias.
  fileprivate mutating func layerWithBias(
    _ x: ModelTensor, _ y: ModelTensor, of node: OperatorNode
  ) throws(NodeFault) -> Activation? {
    if let layer = try layer(x, bias: y, of: node, 0) { return layer }
    return try layer(y, bias: x, of: node, 1)
  }

  private mutating func layer(
    _ layer: ModelTensor, bias: ModelTensor, of node: OperatorNode, _ operand: Int
  ) throws(NodeFault) -> Activation? {
    guard case .value(let product) = layer, case .constant(let bias) = bias,
      plan.uses[node.inputName(operand)] == 1, let convolution = graph.node(product.id),
      let channel = product.view.order.last, product.view.padded(toRank: bias.view.rank) == product.view
    else { return nil }
    let aligned = bias.view.padded(toRank: product.view.rank)
    let channels = product.view.shape[channel]
    guard aligned.count == channels, aligned.shape[channel] == channels, convolution.inputs.count == 2 else {
      return nil
    }
    let op: any Operator
    switch convolution.op {
    case var conv as Conv:
      conv.hasBias = true
      op = conv
    case var depthwise as DepthwiseConv:
      depthwise.hasBias = true
      op = depthwise
    default: return nil
    }
    let b = try place(bias, bias.view.order, shape: [channels])
    return Activation(id: try append(op, convolution.inputs + [b], label: node.label), view: product.view)
  }
}
