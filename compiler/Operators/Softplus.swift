import IR
import Runtime

/// y = ln(1 + eˣ), a ReLU without a corner.
public struct Softplus: PlainActivation, ActivationFunction {
  public static let name = "softplus"
  public static let opcode = OpCode.softplus
  static let formula = "y = ln(1 + eˣ)"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Softplus(), TensorType(3, 11), range: -5...5)] }

  public init() {}
  public var bounds: ClosedRange<Double> { 0 ... .infinity }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // reads y, not x: x can be freed
    [needsGradient[0] ? try graph.append(SoftplusGrad(), outputGradient, node.output) : nil]
  }
}

/// dx = dy · (1 − e⁻ʸ). Operands: dy, y.
public struct SoftplusGrad: PlainActivation {
  public static let name = "softplus_grad"
  public static let opcode = OpCode.softplusGrad
  static let formula = "dx = dy · (1 − e⁻ʸ)"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(SoftplusGrad(), TensorType(7), TensorType(7), range: 0.01...3)] }
  public init() {}
}

extension SymbolicTensor {
  /// ln(1 + eˣ).
  public func softplus() -> Self { applying(Softplus()) }
}
