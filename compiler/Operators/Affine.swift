import IR
import Runtime

/// y = alpha · x + beta.
public struct Affine: ActivationOperator, ChannelWise, PixelOperator {
  public static let name = "affine"
  public static let opcode = OpCode.affine
  static let formula = "y = first · x + second"
  static let operandCount = 1
  public static var samples: [Sample] { [Sample(Affine(alpha: -0.75, beta: 2), TensorType(2, 3, 5))] }

  public let alpha: Double
  public let beta: Double

  public init(alpha: Double, beta: Double = 0) {
    self.alpha = alpha
    self.beta = beta
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(alpha: attributes.float("alpha"), beta: attributes.float("beta"))
  }

  public var attributes: Attributes { ["alpha": .float(alpha), "beta": .float(beta)] }
  var numbers: (first: Double, second: Double) { (alpha, beta) }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(Affine(alpha: alpha), outputGradient) : nil]
  }
}
