import IR
import Operators

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
  /// The bias, which the operation may read as a multiple of it or in another shape.
  public let bias: ValueID?
}

extension Graph {
  /// The constant that a value is, or is a multiple of, or has the elements of; nil for what depends on the input.
  public func parameter(behind id: ValueID) -> ValueID? {
    var id = id
    while let node = node(id), node.op is Affine || node.op is Reshape || node.op is Expand || node.op is Transpose {
      id = node.inputs[0]
    }
    return constant(id) == nil ? nil : id
  }

  /// The layers in graph order.
  public var layers: [Layer] {
    nodes.compactMap { node in
      let roles = node.op.roles(node.inputs.count)
      func operand(_ role: OperandRole) -> Int? {
        node.inputs.indices.first { roles[$0] == role && constant(node.inputs[$0]) != nil }
      }
      let bias = node.inputs.indices.first { roles[$0] == .bias }.flatMap { parameter(behind: node.inputs[$0]) }
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
