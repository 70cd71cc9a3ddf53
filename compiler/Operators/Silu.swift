import IR
import Runtime

/// y = x / (1 + e⁻ˣ), also called Swish.
public struct Silu: PlainActivation, ComposedActivation {
  public static let name = "silu"
  public static let opcode = OpCode.silu
  static let formula = "y = x · σ(x), σ(x) = 1 / (1 + e⁻ˣ)"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Silu(), TensorType(3, 11), range: -5...5)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // not monotonic: y does not tell x
    [needsGradient[0] ? try graph.append(SiluGrad(), outputGradient, node.inputs[0]) : nil]
  }
}

/// dx = dy · σ · (1 + x · (1 − σ)), σ = 1 / (1 + e⁻ˣ). Operands: dy, x.
public struct SiluGrad: PlainActivation, SegmentedGradient {
  public static let name = "silu_grad"
  public static let opcode = OpCode.siluGrad
  static let formula = "dx = dy · σ(x) · (1 + x · (1 − σ(x)))"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(SiluGrad(), TensorType(7), TensorType(7))] }
  public init() {}
  public var segments: SlopeSegments { SlopeSegments(bend: 6.32, dip: 0.0405) }
}

extension SymbolicTensor {
  /// x · sigmoid(x).
  public func swish() -> Self { applying(Silu()) }
}

extension Silu {
  /// x · sigmoid(x).
  public static func composed(_ id: ValueID, in graph: Graph) -> (op: any Operator, x: ValueID)? {
    guard let node = graph.node(id), node.op is Mul else { return nil }
    for (x, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
      if let gate = graph.node(other), gate.op is Sigmoid, gate.inputs == [x] { return (Silu(), x) }
    }
    return nil
  }
}
