import IR
import Runtime

/// Joins up to 64 operands along an axis.
public struct Concat: KernelOperator {
  public static let name = "concat"
  public static let opcode = OpCode.concat
  public static var samples: [Sample] {
    [
      Sample(Concat(axis: 0), TensorType(3), TensorType(1), TensorType(5)),
      Sample(Concat(axis: 3), TensorType(2, 3, 2, 5), TensorType(2, 3, 2, 2)),
      Sample(Concat(axis: 1), TensorType(2, 3, 5), TensorType(2, 1, 5)), Sample(Concat(axis: 0), TensorType(2, 3)),
    ]
  }

  public let axis: Int
  public init(axis: Int) { self.axis = axis }
  public init(attributes: Attributes) throws(AttributeError) { axis = try attributes.int("axis") }
  public var attributes: Attributes { ["axis": .int(axis)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let joined = try joined(inputs)
    try expectFloat(joined)
    return joined
  }

  /// Type of operands of one element type put behind one another.
  func joined(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let first = inputs.first, inputs.count <= ConcatParameters.capacity else {
      throw ShapeError(Self.name, "takes 1 to \(ConcatParameters.capacity) operands, has \(inputs.count)")
    }
    try expectAxes([axis], of: first.shape)
    var shape = first.shape
    shape[axis] = 0
    for type in inputs {
      var expected = first.shape
      if type.rank == first.rank { expected[axis] = type.shape[axis] }
      guard type == first.with(shape: expected) else {
        throw ShapeError(Self.name, "operands do not fit: \(first) and \(type)")
      }
      shape[axis] += type.shape[axis]
    }
    return first.with(shape: shape)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    var gradients: [ValueID?] = []
    var start = 0
    for (operand, needsGradient) in zip(node.inputs, needsGradient) {
      let shape = graph.type(operand).shape
      var starts = [Int](repeating: 0, count: shape.count)
      starts[axis] = start
      gradients.append(needsGradient ? try graph.append(Slice(starts: starts, sizes: shape), outputGradient) : nil)
      start += shape[axis]
    }
    return gradients
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs, output))
  }

  func parameters(_ inputs: [TensorType], _ output: TensorType) -> ConcatParameters {
    ConcatParameters(outer: output.shape[..<axis].reduce(1, *), operands: inputs.count) {
      inputs[$0].shape[axis...].reduce(1, *)
    }
  }
}
