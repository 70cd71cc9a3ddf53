import Driver
import ONNX
import Runtime

extension Trainer {
  /// Trained factors of the outputs of layers: for layers in integers as they are, for those in float in the weights.
  ///
  /// - Parameter tensors: trained tensors; weights and biases in float join them.
  /// - Throws: `EspalierError.tensor`.
  func layerScales(
    _ untrained: UntrainedNetwork, _ tensors: inout [ExportTensor]
  ) throws(EspalierError) -> [ExportScale] {
    let parameters = plan.metadata.parameters.filter { $0.scales != nil }
    guard !parameters.isEmpty else { return [] }
    var result: [ExportScale] = []
    let variables = try variables()
    for parameter in parameters {
      guard let scaled = parameter.scales, case .floats(let values)? = variables[parameter.variable],
        let factors = parameter.inFile(values, plan.metadata.channelOrders?[parameter.name])
      else { throw .tensor(name: parameter.name) }
      guard let axis = untrained.layout(scaled.weight).axis(ofOutputs: factors.count, isFirst: scaled.axis == 0) else {
        throw .tensor(name: parameter.name)
      }
      guard untrained.integers(scaled.weight) == nil else {
        let positive = factors.map { max($0, smallestGain) }
        result.append(
          ExportScale(
            weight: scaled.weight, bias: scaled.bias, axis: untrained.layout(scaled.weight).axisInFile(axis),
            factors: positive))
        continue
      }
      var weight = try untrained.tensor(scaled.weight)
      weight.multiply(by: factors, along: axis)
      tensors.append(weight)
      guard let bias = scaled.bias else { continue }
      var shift = try take(bias, from: &tensors, untrained)
      shift.multiply(by: factors, along: 0)
      tensors.append(shift)
    }
    return result
  }
}

extension ExportTensor {
  fileprivate mutating func multiply(by factors: [Float], along axis: Int) {
    let inner = shape[(axis + 1)...].reduce(1, *)
    values = values.enumerated().map { $1 * factors[$0 / inner % factors.count] }
  }
}

extension TensorLayout {
  /// The axis of a layer's outputs, which come first or last in the graph; axes of size 1 may be left out here.
  fileprivate func axis(ofOutputs count: Int, isFirst: Bool) -> Int? {
    guard count > 1 else { return shape.isEmpty ? nil : 0 }
    let axes = permutation.filter { shape[$0] > 1 }
    guard let axis = isFirst ? axes.first : axes.last, shape[axis] == count else { return nil }
    return axis
  }

  /// The axis of the file's tensor that an axis is, where one or the other has more of size 1.
  fileprivate func axisInFile(_ axis: Int) -> Int {
    guard let fileShape, shape[axis] > 1 else { return axis }
    let position = shape[..<axis].count { $0 > 1 }
    return fileShape.indices.filter { fileShape[$0] > 1 }.dropFirst(position).first ?? axis
  }
}
