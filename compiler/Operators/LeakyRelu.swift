import IR
import Runtime

/// y = x where x > 0, else alpha · x.
public struct LeakyRelu: ActivationOperator, ActivationFunction {
  public static let name = "leaky_relu"
  public static let opcode = OpCode.leakyRelu
  static let formula = "y = x where x > 0, else first · x"
  static let operandCount = 1
  public static var samples: [Sample] {
    [
      Sample(LeakyRelu(alpha: 0.1), TensorType(7)), Sample(LeakyRelu(alpha: -0.5), TensorType(2, 3)),
      Sample(LeakyRelu(alpha: 0), TensorType(3, 5)),
    ]
  }

  public let alpha: Double
  public init(alpha: Double) { self.alpha = alpha }
  public init(attributes: Attributes) throws(AttributeError) { alpha = try attributes.float("alpha") }
  public var attributes: Attributes { ["alpha": .float(alpha)] }
  var numbers: (first: Double, second: Double) { (alpha, 0) }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    // The output has the sign of the operand unless the slope is negative.
    let signed = alpha >= 0 ? node.output : node.inputs[0]
    return [needsGradient[0] ? try graph.append(LeakyReluGrad(alpha: alpha), outputGradient, signed) : nil]
  }
}

/// dx = dy where y > 0, else alpha · dy. Operands: dy, y.
public struct LeakyReluGrad: ActivationOperator {
  public static let name = "leaky_relu_grad"
  public static let opcode = OpCode.leakyReluGrad
  static let formula = "dx = dy where y > 0, else first · dy"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(LeakyReluGrad(alpha: 0.1), TensorType(7), TensorType(7))] }

  public let alpha: Double
  public init(alpha: Double) { self.alpha = alpha }
  public init(attributes: Attributes) throws(AttributeError) { alpha = try attributes.float("alpha") }
  public var attributes: Attributes { ["alpha": .float(alpha)] }
  var numbers: (first: Double, second: Double) { (alpha, 0) }
}
