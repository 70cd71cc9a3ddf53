import IR
import Operators

/// Gemm: Y = alpha · A' · B' + beta · C. With a constant matrix it is a layer, else a product.
func gemm(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let (alpha, beta) = (try node.float("alpha", default: 1), try node.float("beta", default: 1))
  let (a, matrix) = (try node.input(0), try node.input(1))
  guard a.shape.count == 2, matrix.shape.count == 2 else { throw .shapes([a.shape, matrix.shape]) }
  var rows = try b.value(a, of: node, 0)
  if try node.bool("transA", default: false) { rows = Activation(id: rows.id, view: rows.view.transposed([1, 0])) }
  let transB = try node.bool("transB", default: false)
  // Scaling the rows and not the matrix leaves the weights what they are in the file.
  if alpha != 1 { rows = Activation(id: try b.append(Affine(alpha: alpha), [rows.id]), view: rows.view) }

  let c = beta == 0 ? nil : node.optional(2)
  if c == nil { b.ignore(node.optional(2), of: node) }
  guard case .constant(let weight) = matrix else {
    let product = try b.product(rows, b.value(matrix, of: node, 1), transB: transB, label: c == nil ? node.label : "")
    return [.value(try b.adding(c, beta, to: product, of: node))]
  }
  let view = transB ? weight.view : weight.view.transposed([1, 0])
  let layer = ConstantTensor(name: weight.name, source: weight.source, view: view)
  // One number for each output, or one for all of them: a bias, which stays what it is in the file.
  let outputs = view.shape[0]
  if case .constant(let bias)? = c,
    bias.view.count == 1 || bias.view.count == outputs && bias.view.shape.last == outputs
  {
    return [.value(try b.dense(rows, layer, bias: bias, beta: beta, label: node.label))]
  }
  let product = try b.dense(rows, layer, bias: nil, label: c == nil ? node.label : "")
  return [.value(try b.adding(c, beta, to: product, of: node))]
}

/// MatMul by numpy's rules. With a constant matrix on the right it is a layer.
func matMul(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let (left, right) = (try node.input(0), try node.input(1))
  guard !left.shape.isEmpty, !right.shape.isEmpty else { throw .shapes([left.shape, right.shape]) }
  let a = try b.value(left, of: node, 0)
  if case .constant(let weight) = right, right.shape.count == 2, !left.isKnown {
    let layer = ConstantTensor(name: weight.name, source: weight.source, view: weight.view.transposed([1, 0]))
    return [.value(try b.dense(a, layer, bias: nil, label: node.label))]
  }
  return [.value(try b.product(a, b.value(right, of: node, 1), transB: false, label: node.label))]
}

extension Builder {
  /// rows [..., K] times weight [O, K], plus beta · bias, as a 1x1 convolution over [N, 1, W, K].
  mutating func dense(
    _ rows: Activation, _ weight: ConstantTensor, bias: ConstantTensor?, beta: Double = 1, label: String
  ) throws(NodeFault) -> Activation {
    let shape = rows.view.shape
    let (outputs, features) = (weight.view.shape[0], weight.view.shape[1])
    guard shape.last == features, weight.view.count > 0 else { throw .shapes([shape, weight.view.shape]) }
    let picture: [Int]
    switch shape.count {
    case 1: picture = [1, 1, 1, features]
    case 2: picture = [shape[0], 1, 1, features]
    case 3: picture = [shape[0], 1, shape[1], features]
    default: picture = [shape[0], shape[1], shape[2..<(shape.count - 1)].reduce(1, *), features]
    }
    var operands = [
      try ordered(rows, View(shape).order, shape: picture),
      try place(weight, [0, 1], shape: [outputs, 1, 1, features]),
    ]
    if let bias {
      var vector = try place(bias, bias.view.order, shape: [bias.view.count])
      if beta != 1 { vector = try append(Affine(alpha: beta), [vector]) }
      if bias.view.count != outputs { vector = try append(Expand(shape: [outputs]), [vector]) }
      operands.append(vector)
    }
    let product = try append(Conv(hasBias: bias != nil), operands, label: label)
    return Activation(id: product, view: View(shape.dropLast() + [outputs]))
  }

  /// a · b by numpy's rules for matrices: a vector counts as a row on the left and as a column on the right.
  ///
  /// A matrix that lies transposed is read as it lies.
  mutating func product(
    _ a: Activation, _ b: Activation, transB: Bool, label: String
  ) throws(NodeFault) -> Activation {
    let (isRow, isColumn) = (a.view.rank == 1, b.view.rank == 1)
    let (left, turnsA) = try matrices(a, vectorShape: [1] + a.view.shape)
    let (right, turnsB) = try matrices(b, vectorShape: b.view.shape + [1])
    let product = try append(MatMul(transA: turnsA, transB: transB != turnsB), [left, right], label: label)
    var shape = graph.type(product).shape
    if isColumn { shape.removeLast() }
    if isRow { shape.remove(at: shape.count - (isColumn ? 1 : 2)) }
    return Activation(id: product, view: View(shape))
  }

  /// The matrices of an operand, in order or each of them transposed, and which of the two.
  private mutating func matrices(
    _ x: Activation, vectorShape: [Int]
  ) throws(NodeFault) -> (ValueID, isTransposed: Bool) {
    let rank = x.view.rank
    guard rank > 1 else { return (try reshaped(x.id, vectorShape), false) }
    let turned = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
    if !x.view.isInOrder, x.view.significant(turned) == x.view.significantOrder {
      return (try reshaped(x.id, turned.map { x.view.shape[$0] }), true)
    }
    return (try ordered(x, View(x.view.shape).order, shape: x.view.shape), false)
  }

  /// product + beta · c; the result has the shape of the product.
  fileprivate mutating func adding(
    _ c: ModelTensor?, _ beta: Double, to product: Activation, of node: OperatorNode
  ) throws(NodeFault) -> Activation {
    guard let c else { return product }
    var addend = c
    if beta != 1 {
      let value = try value(c, of: node, 2)
      addend = .value(Activation(id: try append(Affine(alpha: beta), [value.id]), view: value.view))
    }
    let sum = try broadcast(Add(), .value(product), addend, of: node)
    guard sum.view.shape == product.view.shape else { throw .shapes([product.view.shape, c.shape]) }
    return sum
  }
}
