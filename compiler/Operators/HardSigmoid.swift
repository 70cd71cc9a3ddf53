import IR
import Runtime

/// y = alpha · x + beta kept between 0 and 1.
public struct HardSigmoid: ActivationOperator, ActivationFunction {
  public static let name = "hard_sigmoid"
  public static let opcode = OpCode.hardSigmoid
  static let formula = "y = first · x + second between 0 and 1, else the nearer of them"
  static let operandCount = 1
  public static var samples: [Sample] {
    [Sample(HardSigmoid(alpha: 0.2, beta: 0.5), TensorType(3, 11), range: -5...5)]
  }

  public let alpha: Double
  public let beta: Double

  public init(alpha: Double, beta: Double) {
    self.alpha = alpha
    self.beta = beta
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(alpha: attributes.float("alpha"), beta: attributes.float("beta"))
  }

  public var attributes: Attributes { ["alpha": .float(alpha), "beta": .float(beta)] }
  var numbers: (first: Double, second: Double) { (alpha, beta) }

  public var bounds: ClosedRange<Double> { 0...1 }
  public static var makesProbabilities: Bool { true }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(HardSigmoidGrad(alpha: alpha), outputGradient, node.output) : nil]
  }
}

/// dx = alpha · dy where 0 < y < 1, else 0. Operands: dy, y.
public struct HardSigmoidGrad: ActivationOperator {
  public static let name = "hard_sigmoid_grad"
  public static let opcode = OpCode.hardSigmoidGrad
  static let formula = "dx = first · dy where 0 < y < 1, else 0"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(HardSigmoidGrad(alpha: 0.2), TensorType(7), TensorType(7))] }

  public let alpha: Double
  public init(alpha: Double) { self.alpha = alpha }
  public init(attributes: Attributes) throws(AttributeError) { alpha = try attributes.float("alpha") }
  public var attributes: Attributes { ["alpha": .float(alpha)] }
  var numbers: (first: Double, second: Double) { (alpha, 0) }
}

/// y = x · (x / 6 + ½ kept between 0 and 1).
public struct HardSwish: PlainActivation, ActivationFunction {
  public static let name = "hard_swish"
  public static let opcode = OpCode.hardSwish
  static let formula = "y = x · (x + 3) / 6 between −3 and 3, 0 below, x above"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(HardSwish(), TensorType(3, 11), range: -5...5)] }

  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // not monotonic: y does not tell x
    [needsGradient[0] ? try graph.append(HardSwishGrad(), outputGradient, node.inputs[0]) : nil]
  }
}

/// dx = dy · (x / 3 + ½) between −3 and 3, 0 below, dy above. Operands: dy, x.
public struct HardSwishGrad: PlainActivation, SegmentedGradient {
  public static let name = "hard_swish_grad"
  public static let opcode = OpCode.hardSwishGrad
  static let formula = "dx = dy · (x / 3 + ½) between −3 and 3, 0 below, dy above"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(HardSwishGrad(), TensorType(7), TensorType(7))] }
  public init() {}
  public var segments: SlopeSegments { SlopeSegments(bend: 4.5, dip: 0.075) }
}

extension SymbolicTensor {
  public func hardSwish() -> Self { applying(HardSwish()) }
}
