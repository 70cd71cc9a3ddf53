import IR

extension ONNXModel {
  /// The model in opset 13 where it is of an earlier one, computing the same: from there on integers may have a scale for
  /// each channel.
  ///
  /// Axes and sizes that were attributes become operands, and Softmax over all axes from one on is one of a matrix.
  public func raised() -> ONNXModel {
    guard opset < 13 else { return self }
    var raising = Raising(names: names(besides: []))
    for node in proto.graph.node { raising.add(node) }
    var result = self
    result.proto.graph.node = raising.nodes
    result.replaceInitializers([:], adding: raising.operands)
    result.raiseOpset(to: 13)
    return result
  }
}

private struct Raising {
  private(set) var nodes: [Onnx_NodeProto] = []
  private(set) var operands: [Onnx_TensorProto] = []
  private var names: Set<String>

  init(names: Set<String>) { self.names = names }

  mutating func add(_ node: Onnx_NodeProto) {
    switch node.opType {
    case _ where !node.isOperator(node.opType): nodes.append(node)
    case "Squeeze", "Unsqueeze", "ReduceSum": nodes.append(withOperand(node, "axes"))
    case "Split": nodes.append(withOperand(node, "split"))
    case "Dropout":
      var plain = node
      plain.attribute.removeAll { $0.name == "ratio" || $0.name == "seed" }
      nodes.append(plain)
    case "Softmax", "LogSoftmax": addMatrix(node)
    default: nodes.append(node)
    }
  }

  /// A node whose list of integers is its second operand.
  private mutating func withOperand(_ node: Onnx_NodeProto, _ attribute: String) -> Onnx_NodeProto {
    guard let list = node.attribute.first(where: { $0.name == attribute })?.ints else { return node }
    let name = names.insertUnused("\(node.output.first { !$0.isEmpty } ?? node.opType).\(attribute)")
    operands.append(Onnx_TensorProto(name, IntegerTensor(list.map { Int($0) }).constant))
    var result = node
    result.attribute.removeAll { $0.name == attribute }
    result.input.append(name)
    return result
  }

  /// Flatten, the operator on rows, and the shape that there was.
  private mutating func addMatrix(_ node: Onnx_NodeProto) {
    guard let x = node.input.first, let y = node.output.first else { return nodes.append(node) }
    let axis = node.attribute.first { $0.name == "axis" }.map { Int($0.i) }
    var flatten = Onnx_NodeProto("Flatten", [x], names.insertUnused(y + ".rows"))
    flatten.attribute = [.integer("axis", axis ?? 1)]
    let shape = Onnx_NodeProto("Shape", [x], names.insertUnused(y + ".shape"))
    var rows = node
    rows.input = [flatten.output[0]]
    rows.output = [names.insertUnused(y + ".normalized")]
    rows.attribute = [.integer("axis", 1)]
    nodes += [flatten, shape, rows, Onnx_NodeProto("Reshape", [rows.output[0], shape.output[0]], y)]
  }
}
