import IR
import Operators

/// Clip: bounds are operands, each of which may be left out.
func clip(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let low = try node.optionalScalar(1).map(Double.init) ?? -.infinity
  let high = try node.optionalScalar(2).map(Double.init) ?? .infinity
  guard !low.isNaN, !high.isNaN else { throw .notFinite(tensor: node.inputName(low.isNaN ? 1 : 2), index: 0) }
  // The kernel's bounds are in order; where they are not, ONNX gives the upper one everywhere.
  return [.value(try b.elementwise(Clip(min: min(low, high), max: high), node))]
}

/// Gelu: by the error function or, where the node says so, by a hyperbolic tangent.
@Sendable func gelu(_ node: OperatorNode) throws(NodeFault) -> any Operator {
  let form = try node.string("approximate", default: "none")
  guard ["none", "tanh"].contains(form) else { throw .attribute(name: "approximate", value: form) }
  return Gelu(usesTanh: form == "tanh")
}

/// Dropout outside training: the operand itself, and a mask that drops nothing.
func dropout(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  // Without anything to drop training is like inference.
  if case .integers(let mode)? = node.optional(2), mode.values != [0], try node.optionalScalar(1) != 0 {
    throw .training
  }
  let x = try node.input(0)
  guard node.proto.output.count > 1 else { return [x] }
  guard let count = elementCount(x.shape), count <= IntegerTensor.largest else { throw .size(shape: x.shape) }
  return [x, .integers(IntegerTensor(shape: x.shape, values: Array(repeating: 1, count: count), dtype: .bool))]
}

extension Builder {
  /// The operator applied to the first operand in whatever layout it has.
  mutating func elementwise(_ op: any Operator, _ node: OperatorNode) throws(NodeFault) -> Activation {
    let x = try value(node, 0)
    return Activation(id: try append(op, [x.id], label: node.label), view: x.view)
  }
}
