import IR
import Runtime

/// Mean over all elements of (prediction − target)², shape [1]. Operands: prediction and target of one type.
public struct MeanSquaredError: PlainOperator {
  public static let name = "mean_squared_error"
  public static let opcode = OpCode.meanSquaredError
  public static var samples: [Sample] { [Sample(MeanSquaredError(), TensorType(3, 5), TensorType(3, 5))] }

  public init() {}

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectFloat(inputs[0])
    guard inputs[0] == inputs[1] else {
      throw ShapeError(Self.name, "prediction \(inputs[0]) and target \(inputs[1]) differ")
    }
    return TensorType([1], inputs[0].dtype)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let (prediction, target) = (node.inputs[0], node.inputs[1])
    return [
      needsGradient[0] ? try graph.append(MeanSquaredErrorGrad(), prediction, target, outputGradient) : nil,
      needsGradient[1] ? try graph.append(MeanSquaredErrorGrad(), target, prediction, outputGradient) : nil,
    ]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(SquaredErrorParameters(count: inputs[0].count))
  }
}

/// dx = seed · 2 · (prediction − target) / count. Operands: prediction, target, seed [1].
public struct MeanSquaredErrorGrad: PlainOperator {
  public static let name = "mean_squared_error_grad"
  public static let opcode = OpCode.meanSquaredErrorGrad
  public static var samples: [Sample] {
    [Sample(MeanSquaredErrorGrad(), TensorType(3, 5), TensorType(3, 5), TensorType(1))]
  }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 3)
    try expectFloat(inputs[0])
    guard inputs[0] == inputs[1], inputs[2] == TensorType([1], inputs[0].dtype) else {
      throw ShapeError(Self.name, "operands do not fit: \(inputs[0]), \(inputs[1]), \(inputs[2])")
    }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(SquaredErrorGradParameters(count: output.count))
  }
}
