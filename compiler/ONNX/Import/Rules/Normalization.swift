import IR
import Operators

/// BatchNormalization with running statistics: gone where it folds into a convolution, else y = x · scale + shift.
func batchNormalization(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  if node.proto.isTrainingBatchNorm { throw .training }
  if b.plan.foldedBatchNorms.contains(node.index) { return [try node.input(0)] }
  let tensor = try node.input(0)
  guard tensor.shape.count >= 2 else { throw .shapes([tensor.shape]) }
  let x = try b.value(tensor, of: node, 0, order: View.channelsLast(rank: tensor.shape.count))
  var parameters: [ConstantTensor] = []
  for index in 1...4 {
    let parameter = try node.constant(index)
    guard parameter.view.shape == [tensor.shape[1]] else { throw .shapes([tensor.shape, parameter.view.shape]) }
    parameters.append(parameter)
  }
  let epsilon = try node.float("epsilon", default: 1e-5)
  let op: any Operator
  if b.plan.keepsBatchNorm {
    op = BatchNormInference(epsilon)
  } else {
    guard tensor.shape[1] <= ConstantTensor.largestComputed else { throw .size(shape: tensor.shape) }
    op = ChannelAffine()
    parameters = affine(parameters, epsilon)
  }
  var operands = [x.id]
  for parameter in parameters { operands.append(try b.place(parameter, [0], shape: parameter.view.shape)) }
  return [.value(Activation(id: try b.append(op, operands, label: node.label), view: x.view))]
}

/// Scale and shift of a normalization with fixed statistics, under the names of γ and β.
private func affine(_ parameters: [ConstantTensor], _ epsilon: Double) -> [ConstantTensor] {
  let values = parameters.map { $0.floats.map(Double.init) }
  let type = parameters[0].source.type
  let factors = zip(values[0], values[3]).map { $0 / ($1 + epsilon).squareRoot() }
  let shifts = values[1].indices.map { values[1][$0] - values[2][$0] * factors[$0] }
  return [
    ConstantTensor(name: parameters[0].name, source: Constant(type, floats: factors.map { Float($0) })),
    ConstantTensor(name: parameters[1].name, source: Constant(type, floats: shifts.map { Float($0) })),
  ]
}

/// LRN: local response normalization over the channels.
func localResponse(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  guard let size = try node.optionalInt("size") else { throw .attributeKind(name: "size", expected: "an integer") }
  let tensor = try node.input(0)
  guard tensor.shape.count >= 3 else { throw .shapes([tensor.shape]) }
  let x = try b.value(tensor, of: node, 0, order: View.channelsLast(rank: tensor.shape.count))
  let op = LRN(
    size: size, alpha: try node.float("alpha", default: 1e-4), beta: try node.float("beta", default: 0.75),
    bias: try node.float("bias", default: 1))
  return [.value(Activation(id: try b.append(op, [x.id], label: node.label), view: x.view))]
}
