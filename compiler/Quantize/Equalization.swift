import ONNX

/// Cross-layer equalization (Nagel et al., 2019, section 4.1): between two convolutions channel i is divided by s_i in
/// the first and multiplied by it in the second, which changes nothing in float.
///
/// Weights have a scale for each output channel here, so it is the activation between the two that has one scale: with
/// r_i its largest magnitude and q_i the largest weight that reads the channel, relative to its row, s_i = √(r_i / q_i)
/// makes r_i / s_i and q_i · s_i equal. A depthwise second convolution has a scale for each channel anyway: s_i = r_i.
struct Equalization {
  /// Most that a channel is rescaled by, either way.
  static let limit: Float = 64

  /// The tensors of all layers that change; nil where no pair can be rescaled.
  static func tensors(_ sites: QuantizationSites, channelMaxima: [String: [Float]]) -> [ExportTensor]? {
    var weights = sites.layers.map(\.weights)
    var biases = sites.layers.map(\.bias)
    var changed: Set<Int> = []
    for pair in sites.pairs {
      let (first, second) = (sites.layers[pair.first], sites.layers[pair.second])
      guard let maxima = channelMaxima[pair.activation], maxima.count == first.outputs else { continue }
      let scales = scales(maxima, second, bound: pair.upperBound.map { Float($0) })
      guard scales.contains(where: { $0 != 1 }) else { continue }
      changed.formUnion([pair.first, pair.second])
      for index in weights[pair.first].indices { weights[pair.first][index] /= scales[first.channel(index)] }
      if let bias = biases[pair.first] { biases[pair.first] = zip(bias, scales).map { $0 / $1 } }
      for index in weights[pair.second].indices {
        let channel = second.isDepthwise ? second.channel(index) : second.inputChannel(index)
        weights[pair.second][index] *= scales[channel]
      }
    }
    guard !changed.isEmpty else { return nil }
    var tensors: [ExportTensor] = []
    for index in changed.sorted() {
      let layer = sites.layers[index]
      tensors.append(ExportTensor(name: layer.weight, shape: layer.shape, values: weights[index]))
      if let name = layer.ownBias, let bias = biases[index] {
        tensors.append(ExportTensor(name: name, shape: [bias.count], values: bias))
      }
    }
    return tensors
  }

  /// s_i, with the largest channel left as it is.
  ///
  /// Where the activation function clips at `bound`, a channel that reaches it keeps its scale, and no other is brought
  /// above it: on the calibration samples nothing changes then either.
  static func scales(_ maxima: [Float], _ second: QuantizationSites.Layer, bound: Float?) -> [Float] {
    let largest = maxima.max() ?? 0
    guard largest > 0 else { return maxima.map { _ in 1 } }
    let reads = second.isDepthwise ? nil : second.relativeReads()
    var scales = maxima.indices.map { channel -> Float in
      guard maxima[channel] > largest * 1e-4 else { return 1 }
      guard let reads else { return maxima[channel] / largest }
      return reads[channel] > 0 ? (maxima[channel] / reads[channel]).squareRoot() : 1
    }
    // The common factor is free: the largest activation stays what it is.
    let reach = maxima.indices.map { maxima[$0] / scales[$0] }.max() ?? largest
    scales = scales.map { min(max($0 * reach / largest, 1 / limit), limit) }
    guard let bound else { return scales }
    return maxima.indices.map { channel in
      maxima[channel] >= bound ? 1 : max(scales[channel], maxima[channel] / bound)
    }
  }
}

extension QuantizationSites.Layer {
  /// For each input channel the largest weight that reads it, relative to the largest of its output channel.
  fileprivate func relativeReads() -> [Float] {
    let rows = channelMaxima()
    var result = [Float](repeating: 0, count: shape[1])
    for (index, weight) in weights.enumerated() where rows[channel(index)] > 0 {
      let input = inputChannel(index)
      result[input] = max(result[input], abs(weight) / rows[channel(index)])
    }
    return result
  }
}
