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
  /// Initializers of the convolution; there may be no bias.
  let weight: String
  let bias: String?
  /// Initializer of the normalization's shift.
  let beta: String
  /// s, β and μ of each output channel.
  let scales: [Double]
  let shifts: [Double]
  let means: [Double]

  /// Name of the bias that the folded convolution has.
  var foldedBiasName: String { bias ?? weight + ".bias" }

  /// Weights in ONNX's layout, output channels first, with the scales multiplied in.
  func fold(weight: [Float]) -> [Float] {
    eachRow(of: weight) { value, channel in Float(Double(value) * scales[channel]) }
  }

  func fold(bias: [Float]?) -> [Float] {
    scales.indices.map { Float(shifts[$0] + (Double(bias?[$0] ?? 0) - means[$0]) * scales[$0]) }
  }

  /// The weights that fold to `weight`; a channel whose scale is zero keeps `original`, which then has no effect.
  func unfold(weight: [Float], original: [Float]) -> [Float] {
    let size = weight.count / max(scales.count, 1)
    return weight.indices.map { index in
      let scale = scales[index / size]
      return scale == 0 ? original[index] : Float(Double(weight[index]) / scale)
    }
  }

  /// The shift β with which the normalization gives the folded `bias`, while the convolution keeps its own.
  func unfoldedShift(of folded: [Float], bias: [Float]?) -> [Float] {
    scales.indices.map { Float(Double(folded[$0]) - (Double(bias?[$0] ?? 0) - means[$0]) * scales[$0]) }
  }

  private func eachRow(of weight: [Float], _ body: (Float, Int) -> Float) -> [Float] {
    let size = weight.count / max(scales.count, 1)
    return weight.indices.map { body(weight[$0], $0 / size) }
  }
}

extension ONNXModel {
  /// The normalizations that fold: what a convolution computes goes nowhere else, its weights are used once, and all
  /// statistics are initializers.
  ///
  /// - Throws: `ImportError.tensor` for an initializer that cannot be read.
  func batchNormFolds() throws(ImportError) -> [BatchNormFold] {
    let nodes = proto.graph.node
    var uses: [String: Int] = [:]
    for name in nodes.flatMap(\.input) + proto.graph.output.map(\.name) { uses[name, default: 0] += 1 }
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() where node.opType == "Conv" {
      for name in node.output { producers[name] = index }
    }
    var folds: [BatchNormFold] = []
    for (index, node) in nodes.enumerated() where node.opType == "BatchNormalization" && node.input.count == 5 {
      guard let conv = producers[node.input[0]], uses[node.input[0]] == 1, node.output.count { !$0.isEmpty } == 1,
        !node.attribute.contains(where: { $0.name == "training_mode" && $0.i != 0 }),
        uses[nodes[conv].input.dropFirst().first ?? ""] == 1
      else { continue }
      if let fold = try fold(conv: conv, batchNorm: index) { folds.append(fold) }
    }
    return folds
  }

  private func fold(conv: Int, batchNorm: Int) throws(ImportError) -> BatchNormFold? {
    let (convolution, norm) = (proto.graph.node[conv], proto.graph.node[batchNorm])
    let bias = convolution.input.count > 2 && !convolution.input[2].isEmpty ? convolution.input[2] : nil
    guard let weight = try initializer(convolution.input[1]), weight.type.dtype == .f32, weight.type.rank > 2 else {
      return nil
    }
    let channels = weight.type.shape[0]
    var statistics: [[Double]] = []
    for name in norm.input[1...] + (bias.map { [$0] } ?? []) {
      guard let tensor = try initializer(name), tensor.type == TensorType(channels) else { return nil }
      statistics.append(tensor.floats().map(Double.init))
    }
    let epsilon = Double(norm.attribute.first { $0.name == "epsilon" }?.f ?? 1e-5)
    let scales = zip(statistics[0], statistics[3]).map { $0 / ($1 + epsilon).squareRoot() }
    guard scales.allSatisfy(\.isFinite) else { return nil }
    return BatchNormFold(
      conv: conv, batchNorm: batchNorm, output: norm.output[0], weight: convolution.input[1], bias: bias,
      beta: norm.input[2], scales: scales, shifts: statistics[1], means: statistics[2])
  }
}
