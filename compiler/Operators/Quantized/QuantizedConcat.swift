import IR
import Runtime

/// Joins up to 64 integer activations of one scale and zero point along an axis.
public struct QuantizedConcat: IntegerOperator {
  public static let name = "quantized_concat"
  public static let opcode = OpCode.quantizedConcat
  public static var samples: [Sample] {
    let widths = [5, 2, 1].map { TensorType.activation([2, 3, 2, $0], scale: 0.1, zeroPoint: -3) }
    return [Sample(QuantizedConcat(Concat(axis: 3)), inputs: widths)]
  }

  public let concat: Concat
  public init(_ concat: Concat) { self.concat = concat }
  public init(attributes: Attributes) throws(AttributeError) { concat = try Concat(attributes: attributes) }
  public var attributes: Attributes { concat.attributes }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let joined = try concat.joined(inputs)
    _ = try expectActivation(joined)
    return joined
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    try concat.gradient(&graph, of: node, outputGradient: outputGradient, needsGradient: needsGradient)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(QuantizedConcatParameters(concat.parameters(inputs, output)))
  }
}
