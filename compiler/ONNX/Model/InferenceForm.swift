import IR

extension ONNXModel {
  /// Reads nodes in training mode as the same in inference: BatchNormalization with its running statistics, Dropout as
  /// nothing.
  ///
  /// Exporters write training mode when the model was in it, or when they are told to. A node whose further results
  /// somebody reads (batch statistics, a mask) has no form in inference and stays, for its rule to refuse.
  mutating func readAsInference() throws(ImportError) {
    let index = GraphIndex(proto.graph)
    for position in proto.graph.node.indices {
      let node = proto.graph.node[position]
      guard try isInTraining(node, index), node.output.dropFirst().allSatisfy({ index.uses[$0] == nil }) else {
        continue
      }
      trainingNodes.append(node.displayName)
      proto.graph.node[position].output = Array(node.output.prefix(1))
      proto.graph.node[position].attribute.removeAll { $0.name == "training_mode" }
      if node.isOperator("Dropout") { proto.graph.node[position].input = Array(node.input.prefix(1)) }
    }
  }

  /// Whether a node does in this file what it does in training only.
  private func isInTraining(_ node: Onnx_NodeProto, _ index: GraphIndex) throws(ImportError) -> Bool {
    if node.isOperator("BatchNormalization") { return node.isTrainingBatchNorm }
    guard node.isOperator("Dropout"), node.input.count > 2, !node.input[2].isEmpty,
      let mode = try known(node.input[2], index)?.constant, mode.type.dtype == .bool, mode.type.count == 1
    else { return false }
    return mode.bytes() != [0]
  }
}

extension Onnx_NodeProto {
  /// Whether a BatchNormalization says that it normalizes by the batch: up to opset 13 by giving statistics, then by an
  /// attribute.
  var isTrainingBatchNorm: Bool {
    output.dropFirst().contains { !$0.isEmpty } || attribute.contains { $0.name == "training_mode" && $0.i != 0 }
  }
}
