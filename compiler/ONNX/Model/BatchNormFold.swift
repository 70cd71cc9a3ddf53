import IR

/// A BatchNormalization that disappears in the convolution in front of it (Jacob et al., 2018, section 3.2).
///
/// With s = γ / √(σ² + ε): W' = W · s and b' = β + (b − μ) · s. Computed in double precision, rounded once.
struct BatchNormFold: Sendable {
  /// Indices of the nodes.
  let conv: Int
  let batchNorm: Int
  /// What the normalization computes, and from then on the convolution.
  let output: String
  /// Where the file states the convolution's weights and bias, if it has one: initializers or Constant nodes.
  let weight: String
  let bias: String?
  /// Name of the bias that the folded convolution has: its own, unless that is another's too.
  let foldedBiasName: String
  /// Where the file states the normalization's scale and shift.
  let gamma: String
  let beta: String
  /// s, β and μ of each output channel.
  let scales: [Double]
  let shifts: [Double]
  let means: [Double]

  /// Tensors that the folded layer has no more.
  var operands: [String] { [gamma, beta] + [bias].compactMap(\.self).filter { $0 != foldedBiasName } }

  /// Weights in ONNX's layout, output channels first, with the scales multiplied in.
  func fold(weight: [Float]) -> [Float] {
    eachRow(of: weight) { value, channel in Float(Double(value) * scales[channel]) }
  }

  func fold(bias: [Float]?) -> [Float] {
    scales.indices.map { Float(shifts[$0] + (Double(bias?[$0] ?? 0) - means[$0]) * scales[$0]) }
  }

  /// The weights that fold to `weight`, near `original`: where folding `original` gives the wanted value already, and
  /// where the scale is zero, it stays bit for bit.
  func unfold(weight: [Float], original: [Float]) -> [Float] {
    let folded = fold(weight: original)
    let size = weight.count / max(scales.count, 1)
    return weight.indices.map { index in
      let scale = scales[index / size]
      return scale == 0 || folded[index] == weight[index] ? original[index] : Float(Double(weight[index]) / scale)
    }
  }

  /// The shift β with which the normalization gives the folded `bias`, while the convolution keeps its own.
  func unfoldedShift(of folded: [Float], bias: [Float]?, original: [Float]) -> [Float] {
    let unchanged = fold(bias: bias)
    return scales.indices.map { channel in
      unchanged[channel] == folded[channel]
        ? original[channel]
        : Float(Double(folded[channel]) - (Double(bias?[channel] ?? 0) - means[channel]) * scales[channel])
    }
  }

  private func eachRow(of weight: [Float], _ body: (Float, Int) -> Float) -> [Float] {
    let size = weight.count / max(scales.count, 1)
    return weight.indices.map { body(weight[$0], $0 / size) }
  }
}

extension ONNXModel {
  /// The normalizations that fold: what a convolution computes goes nowhere else, its weights are used once, and the
  /// file states all statistics.
  ///
  /// - Throws: `ImportError.tensor` for a tensor that cannot be read.
  func batchNormFolds() throws(ImportError) -> [BatchNormFold] {
    let nodes = proto.graph.node
    let index = GraphIndex(proto.graph)
    var folds: [BatchNormFold] = []
    for (position, node) in nodes.enumerated() where node.isInferenceBatchNorm {
      guard let conv = index.producers[node.input[0]], index.uses[node.input[0]] == 1,
        nodes[conv].isOperator("Conv"), nodes[conv].input.count >= 2
      else { continue }
      if let fold = try fold(conv: conv, batchNorm: position, index) { folds.append(fold) }
    }
    return folds
  }

  private func fold(conv: Int, batchNorm: Int, _ index: GraphIndex) throws(ImportError) -> BatchNormFold? {
    let (convolution, norm) = (proto.graph.node[conv], proto.graph.node[batchNorm])
    guard let weight = try known(convolution.input[1], index), weight.isReadOnce, weight.constant.type.dtype == .f32,
      weight.constant.type.rank > 2, let statistics = try statistics(norm, index),
      statistics.channels == weight.constant.type.shape[0]
    else { return nil }
    var bias: KnownTensor?
    if convolution.input.count > 2, !convolution.input[2].isEmpty {
      bias = try known(convolution.input[2], index)
      guard bias?.constant.type == TensorType(statistics.channels) else { return nil }
    }
    let scales = statistics.scales
    // What is no normalization is told by its rule.
    guard statistics.variances.allSatisfy({ $0 >= 0 }), scales.allSatisfy(\.isFinite) else { return nil }
    let ownBias = bias.flatMap { $0.isReadOnce ? $0.name : nil }
    return BatchNormFold(
      conv: conv, batchNorm: batchNorm, output: norm.output[0], weight: weight.name, bias: bias?.name,
      foldedBiasName: ownBias ?? index.unused(weight.name + ".bias"), gamma: statistics.gamma.name,
      beta: statistics.beta.name, scales: scales, shifts: statistics.beta.values, means: statistics.means)
  }
}
