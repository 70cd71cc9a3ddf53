import IR
import Operators
import Select

extension Graph {
  /// Name of the factors of a layer's outputs → the layer.
  var scaledLayers: [String: PlanMetadata.Scaled] {
    var scaled: [String: PlanMetadata.Scaled] = [:]
    let names = LayerScaleNames(self)
    for layer in layers {
      guard let op = node(layer.node)?.op as? any ScaleTrainable else { continue }
      scaled[names[layer.weight]] = PlanMetadata.Scaled(
        weight: self[layer.weight].name, bias: layer.bias.map { self[$0].name }, axis: op.outputAxis)
    }
    return scaled
  }
}
