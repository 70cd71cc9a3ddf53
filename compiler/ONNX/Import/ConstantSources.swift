extension ONNXModel {
  /// The tensors that the file states and computes each of these of; none where the file states it itself.
  ///
  /// - Parameter constants: tensors of the file by the names of the constants that they became.
  func sources(of constants: [String: String]) -> [String: [String]] {
    let index = GraphIndex(proto.graph)
    return constants.compactMapValues { tensor in
      let stated = statedTensors(behind: tensor, index).subtracting([tensor])
      return stated.isEmpty ? nil : stated.sorted()
    }
  }

  /// Weights and the like that nodes compute a tensor of; the amounts and shapes among their operands left out.
  private func statedTensors(behind name: String, _ index: GraphIndex) -> Set<String> {
    var found: Set<String> = []
    var seen: Set<String> = []
    var waiting = [name]
    while let name = waiting.popLast() {
      guard seen.insert(name).inserted else { continue }
      if let replaced = replacedTensors[name] {
        found.insert(replaced)
      } else if let producer = index.producers[name], !proto.graph.node[producer].isOperator("Constant") {
        waiting += proto.graph.node[producer].dataOperands
      } else if let source = source(of: name, index), source.isParameter {
        found.insert(name)
      }
    }
    return found
  }
}

extension TensorSource {
  /// Whether it holds real values, or integers that may stand for some; one number that is written in a node is none of
  /// the model's parameters.
  fileprivate var isParameter: Bool {
    let types: [Onnx_TensorProto.DataType] = [.float, .int8, .uint8, .int32]
    guard types.contains(where: { tensor.dataType == Int32($0.rawValue) }) else { return false }
    return isInitializer || tensor.dims.contains { $0 > 1 }
  }
}

extension Onnx_NodeProto {
  /// The operands whose values the result has, or is computed of.
  fileprivate var dataOperands: [String] {
    if let form = QuantizedForm(self) {
      return (form.operands.map(\.value) + [form.bias].compactMap(\.self)).map(operand)
    }
    let ofValues = ["Add", "Concat", "Conv", "Div", "Gemm", "MatMul", "Mul", "Sub", "Sum"]
    let ofShapes = ["ConstantOfShape", "Shape", "Size"]
    if ofValues.contains(where: isOperator) { return input.filter { !$0.isEmpty } }
    if ofShapes.contains(where: isOperator) { return [] }
    return Array(input.prefix(isOperator("BatchNormalization") ? 3 : 1))
  }

  private func operand(_ position: Int) -> String { position < input.count ? input[position] : "" }
}
