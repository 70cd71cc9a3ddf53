import IR

/// A node with constants that training may change.
public struct Layer: Sendable {
  public enum Kind: Sendable {
    /// Convolution, depthwise convolution or dense layer: has a weight.
    case weighted
    /// Normalization: a scale and a shift for each channel.
    case normalization
  }

  public let kind: Kind
  public let node: ValueID
  /// The weight, or the scale of a normalization.
  public let weight: ValueID
  public let weightOperand: Int
  public let bias: ValueID?
}

extension Graph {
  /// The layers in graph order.
  public var layers: [Layer] {
    nodes.compactMap { node in
      let roles = node.op.roles(node.inputs.count)
      func operand(_ role: OperandRole) -> Int? {
        node.inputs.indices.first { roles[$0] == role && constant(node.inputs[$0]) != nil }
      }
      let bias = operand(.bias).map { node.inputs[$0] }
      if let weight = operand(.weight) {
        return Layer(
          kind: .weighted, node: node.output, weight: node.inputs[weight], weightOperand: weight, bias: bias)
      }
      guard let scale = operand(.scale) else { return nil }
      return Layer(
        kind: .normalization, node: node.output, weight: node.inputs[scale], weightOperand: scale, bias: bias)
    }
  }
}
