import IR
import Runtime

/// y = x kept between min and max, either of which may be infinite.
public struct Clip: ActivationOperator, ActivationFunction {
  public static let name = "clip"
  public static let opcode = OpCode.clip
  static let formula = "y = x between first and second, else the nearer of them"
  static let operandCount = 1
  public static var samples: [Sample] {
    [
      Sample(Clip(min: 0, max: 6), TensorType(3, 11), range: -3...9),
      Sample(Clip(min: -0.5, max: .infinity), TensorType(13)),
    ]
  }

  public let min: Double
  public let max: Double

  public init(min: Double, max: Double) {
    self.min = min
    self.max = max
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(min: attributes.float("min"), max: attributes.float("max"))
  }

  public var attributes: Attributes { ["min": .float(min), "max": .float(max)] }
  var numbers: (first: Double, second: Double) { (min, max) }

  public var bounds: ClosedRange<Double> { min <= max ? min...max : -.infinity ... .infinity }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(ClipGrad(min: min, max: max), outputGradient, node.output) : nil]
  }
}

/// dx = dy where min < y < max, else 0. Operands: dy, y.
public struct ClipGrad: ActivationOperator {
  public static let name = "clip_grad"
  public static let opcode = OpCode.clipGrad
  static let formula = "dx = dy where first < y < second, else 0"
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(ClipGrad(min: 0, max: 6), TensorType(7), TensorType(7))] }

  public let min: Double
  public let max: Double

  public init(min: Double, max: Double) {
    self.min = min
    self.max = max
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(min: attributes.float("min"), max: attributes.float("max"))
  }

  public var attributes: Attributes { ["min": .float(min), "max": .float(max)] }
  var numbers: (first: Double, second: Double) { (min, max) }
}

extension SymbolicTensor {
  public func relu6() -> Self { applying(Clip(min: 0, max: 6)) }
}
