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
    var result: [ExportScale] = []
    let variables = try variables()
    for parameter in plan.metadata.parameters {
      guard let scaled = parameter.scales else { continue }
      guard case .floats(let values)? = variables[parameter.variable],
        let factors = parameter.inFile(values, plan.metadata.channelOrders?[parameter.name])
      else { throw .tensor(name: parameter.name) }
      let axis = untrained.layout(scaled.weight).permutation[scaled.axis]
      guard untrained.integers(scaled.weight) == nil else {
        let positive = factors.map { max($0, smallestGain) }
        result.append(ExportScale(weight: scaled.weight, bias: scaled.bias, axis: axis, factors: positive))
        continue
      }
      var weight = try untrained.tensor(scaled.weight)
      weight.multiply(by: factors, along: axis)
      tensors.append(weight)
      guard let bias = scaled.bias else { continue }
      let index = tensors.firstIndex { $0.name == bias }
      var shift: ExportTensor
      if let index { shift = tensors[index] } else { shift = try untrained.tensor(bias) }
      shift.multiply(by: factors, along: 0)
      if let index { tensors[index] = shift } else { tensors.append(shift) }
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
