import IR
import Runtime

/// y = 1 / (1 + e⁻ˣ).
public struct Sigmoid: PlainActivation {
  public static let name = "sigmoid"
  public static let opcode = OpCode.sigmoid
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Sigmoid(), TensorType(3, 5), range: -4...4)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(SigmoidGrad(), outputGradient, node.output) : nil]
  }
}

/// dx = dy · y · (1 − y). Operands: dy, y.
public struct SigmoidGrad: PlainActivation {
  public static let name = "sigmoid_grad"
  public static let opcode = OpCode.sigmoidGrad
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(SigmoidGrad(), TensorType(7), TensorType(7))] }
  public init() {}
}

/// Hyperbolic tangent.
public struct Tanh: PlainActivation {
  public static let name = "tanh"
  public static let opcode = OpCode.tanh
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Tanh(), TensorType(3, 5), range: -2...2)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(TanhGrad(), outputGradient, node.output) : nil]
  }
}

/// dx = dy · (1 − y²). Operands: dy, y.
public struct TanhGrad: PlainActivation {
  public static let name = "tanh_grad"
  public static let opcode = OpCode.tanhGrad
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(TanhGrad(), TensorType(7), TensorType(7))] }
  public init() {}
}
