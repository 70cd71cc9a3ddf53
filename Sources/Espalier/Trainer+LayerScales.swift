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
      let axes = untrained.layout(scaled.weight).permutation
      guard axes.indices.contains(scaled.axis) else { throw .tensor(name: parameter.name) }
      let axis = axes[scaled.axis]
      guard untrained.integers(scaled.weight) == nil else {
        let positive = factors.map { max($0, smallestGain) }
        result.append(ExportScale(weight: scaled.weight, bias: scaled.bias, axis: axis, factors: positive))
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
