import IR
import Runtime

/// y = max(x, 0).
public struct Relu: PlainOperator, ElementwiseOperator, ActivationFunction {
  public static let name = "relu"
  public static let opcode = OpCode.relu
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Relu(), TensorType(7)), Sample(Relu(), TensorType(2, 3))] }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }

  public var bounds: ClosedRange<Double> { 0 ... .infinity }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // reads y, not x: x can be freed
    [needsGradient[0] ? try graph.append(ReluGrad(), outputGradient, node.output) : nil]
  }
}

/// dx = dy where y > 0, else 0. Operands: dy, y.
public struct ReluGrad: PlainOperator, ElementwiseOperator {
  public static let name = "relu_grad"
  public static let opcode = OpCode.reluGrad
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(ReluGrad(), TensorType(7), TensorType(7))] }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }
}

extension SymbolicTensor {
  public func relu() -> Self { applying(Relu()) }
}
