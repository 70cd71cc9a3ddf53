import IR
import Runtime

/// y = 1 / (1 + e⁻ˣ).
public struct Sigmoid: PlainActivation, ActivationFunction {
  public static let name = "sigmoid"
  public static let opcode = OpCode.sigmoid
  static let formula = "y = 1 / (1 + e⁻ˣ)"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Sigmoid(), TensorType(3, 5), range: -4...4)] }

  public init() {}

  public var bounds: ClosedRange<Double> { 0...1 }
  public static var makesProbabilities: Bool { true }

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
  static let formula = "dx = dy · y · (1 − y)"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(SigmoidGrad(), TensorType(7), TensorType(7))] }
  public init() {}
}

/// Hyperbolic tangent.
public struct Tanh: PlainActivation, ActivationFunction {
  public static let name = "tanh"
  public static let opcode = OpCode.tanh
  static let formula = "y = tanh x"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Tanh(), TensorType(3, 5), range: -2...2)] }

  public init() {}

  public var bounds: ClosedRange<Double> { -1...1 }

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
  static let formula = "dx = dy · (1 − y²)"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(TanhGrad(), TensorType(7), TensorType(7))] }
  public init() {}
}

extension SymbolicTensor {
  public func sigmoid() -> Self { applying(Sigmoid()) }
  public func tanh() -> Self { applying(Tanh()) }
}
