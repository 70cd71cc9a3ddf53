import IR
import Runtime

/// y = x / (1 + e⁻ˣ), also called Swish.
public struct Silu: PlainActivation {
  public static let name = "silu"
  public static let opcode = OpCode.silu
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Silu(), TensorType(3, 11), range: -5...5)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(SiluGrad(), outputGradient, node.inputs[0]) : nil]  // not monotonic: y does not tell x
  }
}

/// dx = dy · σ · (1 + x · (1 − σ)), σ = 1 / (1 + e⁻ˣ). Operands: dy, x.
public struct SiluGrad: PlainActivation, SegmentedGradient {
  public static let name = "silu_grad"
  public static let opcode = OpCode.siluGrad
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(SiluGrad(), TensorType(7), TensorType(7))] }
  public init() {}
  public var segments: SlopeSegments { SlopeSegments(bend: 6.32, dip: 0.0405) }
}
