import IR

/// What a BatchNormalization with running statistics holds: y = (x − μ) · γ / √(σ² + ε) + β, in each channel.
struct BatchNormStatistics: Sendable {
  /// A parameter and where the file states it.
  struct Parameter: Sendable {
    let name: String
    let values: [Double]
  }

  let gamma: Parameter
  let beta: Parameter
  let means: [Double]
  let variances: [Double]
  let epsilon: Double

  var channels: Int { gamma.values.count }

  /// γ / √(σ² + ε)
  var scales: [Double] { zip(gamma.values, variances).map { $0 / ($1 + epsilon).squareRoot() } }
}

extension ONNXModel {
  /// The parameters of a BatchNormalization node; nil unless the file states all of them, one number a channel.
  ///
  /// - Throws: `ImportError.tensor` for a tensor that cannot be read.
  func statistics(_ node: Onnx_NodeProto, _ index: GraphIndex) throws(ImportError) -> BatchNormStatistics? {
    var parameters: [BatchNormStatistics.Parameter] = []
    for name in node.input.dropFirst() {
      guard let tensor = try known(name, index), tensor.constant.type.dtype == .f32, tensor.constant.type.rank == 1,
        parameters.isEmpty || parameters[0].values.count == tensor.constant.type.count
      else { return nil }
      let values = tensor.constant.floats().map(Double.init)
      parameters.append(.init(name: tensor.name, values: values))
    }
    let epsilon = Double(node.attribute.first { $0.name == "epsilon" }?.f ?? 1e-5)
    return BatchNormStatistics(
      gamma: parameters[0], beta: parameters[1], means: parameters[2].values,
      variances: parameters[3].values, epsilon: epsilon)
  }
}

extension Onnx_NodeProto {
  /// Whether it is this operator of the default domain.
  func isOperator(_ name: String) -> Bool { opType == name && (domain.isEmpty || domain == "ai.onnx") }

  /// A BatchNormalization that uses running statistics and gives nothing but its result.
  var isInferenceBatchNorm: Bool {
    isOperator("BatchNormalization") && input.count == 5 && output.count { !$0.isEmpty } == 1 && output[0] != ""
      && !attribute.contains { $0.name == "training_mode" && $0.i != 0 }
  }
}
