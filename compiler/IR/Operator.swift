/// Role of an operand: weights, biases and scales are the parameters that an update policy can name.
public enum OperandRole: Sendable {
  case activation, weight, bias, scale
}

/// Aliasing: how an operator's output may share memory with an operand.
public enum Sharing: Hashable, Sendable {
  /// The output needs memory of its own.
  case none
  /// In-place: the output may be written over any of these operands if its lifetime ends here (same index, same bytes).
  case mayReuse([Int])
  /// The output is the operand under another type; nothing is computed.
  case view(of: Int)
  /// The output overwrites the operand: updates of weights and optimizer state.
  case overwrites(Int)
}

/// When the schedule places a node.
public enum Timing: Sendable {
  /// Where the data dependences and the memory put it.
  case free
  /// Directly after the producer of its operand: what it keeps for backward is smaller than the operand.
  case encodesForBackward
  /// Directly after the gradient it consumes, once nobody reads the old value any more.
  case updates
  /// Directly before its operand is overwritten: what reads the old value later reads this.
  case copiesOldValue
}

/// One kind of node: a shape rule, a gradient rule, and the parameters its kernel reads.
///
/// Shapes, lifetimes, saved tensors and tests are derived from the members below; see `samples`.
public protocol Operator: Sendable {
  /// Name in the text form of the IR.
  static var name: String { get }
  /// Nets of one node from which tests are derived: shape, gradient, text and frozen-input checks.
  static var samples: [Sample] { get }

  init(attributes: Attributes) throws(AttributeError)
  var attributes: Attributes { get }

  /// Type of the output for operands of these types.
  func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType

  /// Appends the nodes that compute ∂L/∂operand for each operand that needs it; `outputGradient` is ∂L/∂output.
  ///
  /// Nil is for operands that need no gradient, and for those of `nonDifferentiableOperands`, only.
  func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?]

  /// Operands, of so many, that the rule has no gradient for: labels, scales of stored integers, fixed statistics.
  func nonDifferentiableOperands(_ count: Int) -> Set<Int>

  var sharing: Sharing { get }
  var timing: Timing { get }
  /// Roles of the operands, in order.
  func roles(_ count: Int) -> [OperandRole]
  /// Bytes of working memory that the kernel needs beside its operands.
  func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int
  /// Multiply-accumulates of one execution.
  func macs(_ inputs: [TensorType], _ output: TensorType) -> Int
}

extension Operator {
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] { throw .noGradient(Self.name) }

  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { [] }
  public var sharing: Sharing { .none }
  public var timing: Timing { .free }
  public func roles(_ count: Int) -> [OperandRole] { Array(repeating: .activation, count: count) }
  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { 0 }
  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int { 0 }

  /// The only operand's type.
  public func only(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 1)
    return inputs[0]
  }

  /// Checks the number of operands.
  public func expect(_ inputs: [TensorType], count: Int) throws(ShapeError) {
    guard inputs.count == count else {
      throw ShapeError(Self.name, "takes \(count) operands, has \(inputs.count)")
    }
  }
}

/// An operator with operand types (and ranges of values) for which its tests are derived.
public struct Sample: Sendable {
  public let op: any Operator
  public let inputs: [TensorType]
  /// Values are drawn uniformly from this range; keep it off kinks and poles.
  public let range: ClosedRange<Double>

  public init(_ op: any Operator, inputs: [TensorType], range: ClosedRange<Double> = -1...1) {
    self.op = op
    self.inputs = inputs
    self.range = range
  }

  public init(_ op: any Operator, _ inputs: TensorType..., range: ClosedRange<Double> = -1...1) {
    self.init(op, inputs: inputs, range: range)
  }
}

/// Operand types that an operator cannot take.
public struct ShapeError: Error, Hashable, Sendable {
  public let op: String
  public let reason: String

  public init(_ op: String, _ reason: String) {
    self.op = op
    self.reason = reason
  }

  /// The operator stands in backward or update nodes only, and nobody differentiates those.
  public static func noGradient(_ op: String) -> ShapeError { ShapeError(op, "has no gradient") }
}
