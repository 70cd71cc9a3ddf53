import IR
import Runtime

/// y = x · tanh(ln(1 + eˣ)).
public struct Mish: PlainActivation, ComposedActivation {
  public static let name = "mish"
  public static let opcode = OpCode.mish
  static let formula = "y = x · tanh(ln(1 + eˣ))"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Mish(), TensorType(3, 11), range: -5...5)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // not monotonic: y does not tell x
    [needsGradient[0] ? try graph.append(MishGrad(), outputGradient, node.inputs[0]) : nil]
  }

  /// x · tanh(softplus(x)), as PyTorch exports it below opset 18.
  public static func composed(_ id: ValueID, in graph: Graph) -> (op: any Operator, x: ValueID)? {
    guard let node = graph.node(id), node.op is Mul else { return nil }
    for (x, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
      if let gate = graph.node(other), gate.op is Tanh, let inner = graph.node(gate.inputs[0]), inner.op is Softplus,
        inner.inputs == [x]
      {
        return (Mish(), x)
      }
    }
    return nil
  }
}

/// dx = dy · (t + x · t'), t = tanh(ln(1 + eˣ)). Operands: dy, x.
public struct MishGrad: PlainActivation, SegmentedGradient {
  public static let name = "mish_grad"
  public static let opcode = OpCode.mishGrad
  static let formula = "dx = dy · (t + x · t'), t = tanh(ln(1 + eˣ))"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(MishGrad(), TensorType(7), TensorType(7))] }
  public init() {}
  public var segments: SlopeSegments { SlopeSegments(bend: 5.475, dip: 0.0366) }
}

extension SymbolicTensor {
  /// x · tanh(softplus(x)).
  public func mish() -> Self { applying(Mish()) }
}
