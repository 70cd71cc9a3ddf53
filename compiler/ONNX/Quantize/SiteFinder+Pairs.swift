import IR

extension SiteFinder {
  /// The convolutions whose channels can be rescaled against each other.
  func pairs() -> [QuantizationSites.Pair] {
    layers.indices.compactMap { first in
      guard isConvolution(first), let (activation, bound) = activation(behind: layers[first].output),
        var position = reader(activation)
      else { return nil }
      var name = activation
      if unpadded(nodes[position].output[0]) == activation, let next = reader(nodes[position].output[0]) {
        name = nodes[position].output[0]
        position = next
      }
      guard let second = layerAt[position], nodes[position].input[0] == name, isConvolution(second),
        layers[second].isDepthwise || layers[second].shape[1] == layers[first].outputs
      else { return nil }
      return QuantizationSites.Pair(first: first, second: second, activation: activation, upperBound: bound)
    }
  }

  private func isConvolution(_ layer: Int) -> Bool {
    nodes[layers[layer].position].isOperator("Conv") && (layers[layer].bias == nil || layers[layer].ownBias != nil)
  }

  /// The tensor behind the activation function, if there is one, and where that clips; nil where it is not homogeneous.
  private func activation(behind output: String) -> (name: String, bound: Double?)? {
    guard let position = reader(output) else { return nil }
    let node = nodes[position]
    guard node.isClip else { return (output, nil) }
    guard node.isOperator("Clip") else { return (node.output[0], nil) }
    guard bound(node, 1) == 0, let high = bound(node, 2), high > 0 else { return nil }
    return (node.output[0], high)
  }

  private func bound(_ node: Onnx_NodeProto, _ operand: Int) -> Double? {
    guard node.input.count > operand, let constant = model.readable(node.input[operand], index),
      constant.type.dtype == .f32, constant.type.count == 1
    else { return nil }
    return Double(constant.floats()[0])
  }
}

extension Onnx_NodeProto {
  /// An operator with a matrix of weights.
  var isLayer: Bool { ["Conv", "Gemm", "MatMul"].contains(where: isOperator) && input.count >= 2 }

  /// An activation function that only limits the range.
  var isClip: Bool { isOperator("Relu") || isOperator("Clip") }

  /// Values come out as they went in, at other places.
  var movesValues: Bool {
    let names = [
      "MaxPool", "GlobalMaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout",
      "Slice", "Pad",
    ]
    return names.contains(where: isOperator)
  }

  /// Reads its operand through a window that may reach over the border.
  var hasWindow: Bool { ["Conv", "MaxPool", "AveragePool"].contains(where: isOperator) }

  /// A Gemm that is more than a layer.
  var isScaledGemm: Bool {
    isOperator("Gemm")
      && (integer("transA") == 1
        || attribute.contains { ($0.name == "alpha" || $0.name == "beta") && $0.f != 1 })
  }

  func integer(_ name: String) -> Int? { attribute.first { $0.name == name }.map { Int($0.i) } }
}
