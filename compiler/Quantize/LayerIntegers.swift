import ONNX

extension QuantizationScheme.Layer {
  /// Weights in [−127, 127], one scale for each output channel; the bias in units of s_x · s_w, at most 2³⁰ of them, for
  /// which a channel of tiny weights gets a larger scale than these need.
  init(_ layer: QuantizationSites.Layer, bias: [Float]?, inputScale: Float) {
    let largest = layer.channelMaxima()
    let spare = max(largest.max() ?? 0, 1e-6) / 127
    let scales = largest.indices.map { channel in
      let forBias = abs(bias?[channel] ?? 0) / inputScale / 0x1p30
      let scale = max(largest[channel] / 127, forBias, 1e-30 / min(inputScale, 1))
      return largest[channel] > 0 || forBias > 0 ? scale : spare
    }
    let weights = layer.weights.indices.map { index in
      Int8(min(max((layer.weights[index] / scales[layer.channel(index)]).rounded(.toNearestOrEven), -127), 127))
    }
    let units = scales.map { $0 * inputScale }
    let integers = bias.map { bias in
      zip(bias, units).map { Int32(min(max((Double($0) / Double($1)).rounded(.toNearestOrEven), -0x1p30), 0x1p30)) }
    }
    self.init(weights: weights, scales: scales, bias: integers, biasScales: units)
  }
}

extension QuantizationSites.Layer {
  /// Output channel of a weight.
  func channel(_ index: Int) -> Int {
    outputAxis == 0 ? index / (weights.count / outputs) : index % outputs
  }

  /// Input channel of a weight of a convolution without groups.
  func inputChannel(_ index: Int) -> Int {
    let window = shape[2...].reduce(1, *)
    return index / window % shape[1]
  }

  /// Largest magnitude of the weights of each output channel.
  func channelMaxima() -> [Float] {
    var result = [Float](repeating: 0, count: outputs)
    for (index, weight) in weights.enumerated() { result[channel(index)] = max(result[channel(index)], abs(weight)) }
    return result
  }
}
