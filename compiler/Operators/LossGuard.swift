import IR
import Runtime

/// The seed of a step's gradients [1]: 1, or 0 where the loss jumped above `limit` times its running mean or is no number.
///
/// Operands: loss [1], state [2]; see `LossGuard`.
public struct LossGate: IntegerOperator {
  public static let name = "loss_gate"
  public static let opcode = OpCode.lossGate
  public static var samples: [Sample] {
    [Sample(LossGate(limit: 2), TensorType(1), TensorType(LossGuard.count), range: 0...2)]
  }

  public static let stateType = TensorType(LossGuard.count)

  public let limit: Double
  public init(limit: Double) { self.limit = limit }
  public init(attributes: Attributes) throws(AttributeError) { limit = try attributes.float("limit") }
  public var attributes: Attributes { ["limit": .float(limit)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    guard inputs == [TensorType(1), TensorType(LossGuard.count)] else { throw ShapeError(Self.name, "has \(inputs)") }
    return TensorType(1)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(LossGuardParameters(limit: Float(limit), isAverage: false))
  }
}

/// The state of the guard after a step. Operands: state [2], loss [1].
public struct LossAverage: IntegerOperator {
  public static let name = "loss_average"
  public static let opcode = OpCode.lossAverage
  public static var samples: [Sample] {
    [Sample(LossAverage(limit: 2), TensorType(LossGuard.count), TensorType(1), range: 0...2)]
  }

  public let limit: Double
  public init(limit: Double) { self.limit = limit }
  public init(attributes: Attributes) throws(AttributeError) { limit = try attributes.float("limit") }
  public var attributes: Attributes { ["limit": .float(limit)] }
  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    guard inputs == [TensorType(LossGuard.count), TensorType(1)] else { throw ShapeError(Self.name, "has \(inputs)") }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(LossGuardParameters(limit: Float(limit), isAverage: true))
  }
}
