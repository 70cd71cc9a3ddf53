import IR
import Runtime

/// y = x · Φ(x), Φ the normal distribution, or what ONNX's Gelu puts in its place.
public struct Gelu: ActivationOperator, ComposedActivation {
  public static let name = "gelu"
  public static let opcode = OpCode.gelu
  static let formula =
    "y = x · Φ(x), Φ the normal distribution; with ½ + ½ · tanh(√(2/π) · (x + 0.044715 · x³)) for Φ where first is 1"
  static let operandCount = 1
  public static var samples: [Sample] {
    [false, true].map { Sample(Gelu(usesTanh: $0), TensorType(3, 11), range: -4...4) }
  }

  /// Whether Φ is computed as ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).
  public let usesTanh: Bool

  public init(usesTanh: Bool) { self.usesTanh = usesTanh }
  public init(attributes: Attributes) throws(AttributeError) { usesTanh = try attributes.bool("tanh") }
  public var attributes: Attributes { ["tanh": .int(usesTanh ? 1 : 0)] }
  var numbers: (first: Double, second: Double) { (usesTanh ? 1 : 0, 0) }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(GeluGrad(usesTanh: usesTanh), outputGradient, node.inputs[0]) : nil]
  }
}

/// dx = dy · (Φ(x) + x · Φ'(x)). Operands: dy, x.
public struct GeluGrad: ActivationOperator, SegmentedGradient {
  public static let name = "gelu_grad"
  public static let opcode = OpCode.geluGrad
  static let formula = "dx = dy · (Φ(x) + x · Φ'(x))"
  static let operandCount = 2
  public static var samples: [Sample] {
    [false, true].map { Sample(GeluGrad(usesTanh: $0), TensorType(7), TensorType(7)) }
  }

  public let usesTanh: Bool
  public init(usesTanh: Bool) { self.usesTanh = usesTanh }
  public init(attributes: Attributes) throws(AttributeError) { usesTanh = try attributes.bool("tanh") }
  public var attributes: Attributes { ["tanh": .int(usesTanh ? 1 : 0)] }
  var numbers: (first: Double, second: Double) { (usesTanh ? 1 : 0, 0) }
  public var segments: SlopeSegments { SlopeSegments(bend: 3.18, dip: 0.0495) }
}

/// Error function.
public struct Erf: PlainActivation, ActivationFunction {
  public static let name = "erf"
  public static let opcode = OpCode.erf
  static let formula = "y = erf x"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Erf(), TensorType(3, 11), range: -3...3)] }

  public init() {}

  public var bounds: ClosedRange<Double> { -1...1 }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(ErfGrad(), outputGradient, node.inputs[0]) : nil]
  }
}

/// dx = dy · 2/√π · e^(−x²). Operands: dy, x.
public struct ErfGrad: PlainActivation {
  public static let name = "erf_grad"
  public static let opcode = OpCode.erfGrad
  static let formula = "dx = dy · 2/√π · e^(−x²)"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(ErfGrad(), TensorType(7), TensorType(7))] }
  public init() {}
}

extension SymbolicTensor {
  /// x · Φ(x), Φ the normal distribution.
  public func gelu() -> Self { applying(Gelu(usesTanh: false)) }
}
