import IR
import Operators

/// BatchNormalization with running statistics: gone where it folds into a convolution, else with the parameters of the file.
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
    if let element = parameter.floats.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(tensor: node.inputName(index), index: element)
    }
    parameters.append(parameter)
  }
  let epsilon = try node.float("epsilon", default: 1e-5)
  for (element, value) in parameters[3].floats.enumerated() where value < 0 || !(Double(value) + epsilon > 0) {
    throw .variance(tensor: node.inputName(4), index: element, value: value)
  }
  // ONNX says what share of the running statistics stays, in float32.
  let kept = try node.float("momentum", default: 0.9)
  guard kept >= 0, kept <= 1 else { throw .attribute(name: "momentum", value: "\(kept)") }
  let momentum = ((1 - kept) * 1e7).rounded() / 1e7
  let op: any Operator =
    b.plan.keepsBatchNorm ? BatchNormInference(epsilon, momentum: momentum) : FixedBatchNorm(epsilon)
  var operands = [x.id]
  // Exporters merge tensors of equal values, so that the scales of two layers, or a scale and a variance, may be one
  // initializer; each is trained by itself.
  for (index, parameter) in parameters.enumerated() { operands.append(try b.placeOwn(parameter, of: node, index + 1)) }
  return [.value(Activation(id: try b.append(op, operands, label: node.label), view: x.view))]
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
