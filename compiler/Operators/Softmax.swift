import IR
import Runtime

/// An element-wise operator that looks along one axis.
protocol AxisOperator: ElementwiseOperator {
  var axis: Int { get }
  init(axis: Int)
}

extension AxisOperator {
  public init(attributes: Attributes) throws(AttributeError) { try self.init(axis: attributes.int("axis")) }
  public var attributes: Attributes { ["axis": .int(axis)] }
  public var sharing: Sharing { .mayReuse([0]) }

  public static var samples: [Sample] {
    [([7], 0), ([3, 5], 1), ([2, 3, 5], 1), ([3, 2], 0)].map { shape, axis in
      let type = TensorType(shape)
      return Self.operandCount == 1 ? Sample(Self(axis: axis), type) : Sample(Self(axis: axis), type, type)
    }
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: Self.operandCount)
    try expectFloat(inputs[0])
    try expectAxes([axis], of: inputs[0].shape)
    for type in inputs where type != inputs[0] {
      throw ShapeError(Self.name, "operands differ: \(inputs[0]) and \(type)")
    }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      AxisParameters(
        outer: output.shape[..<axis].reduce(1, *), count: output.shape[axis],
        inner: output.shape[(axis + 1)...].reduce(1, *), tensors: 1 + inputs.count))
  }
}

/// y = eˣ / Σ eˣ along an axis.
public struct Softmax: AxisOperator {
  public static let name = "softmax"
  public static let opcode = OpCode.softmax
  static let operandCount = 1
  public let axis: Int
  public init(axis: Int) { self.axis = axis }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(SoftmaxGrad(axis: axis), outputGradient, node.output) : nil]
  }
}

/// dx = y · (dy − Σ dy·y) along an axis. Operands: dy, y.
public struct SoftmaxGrad: AxisOperator {
  public static let name = "softmax_grad"
  public static let opcode = OpCode.softmaxGrad
  static let operandCount = 2
  public let axis: Int
  public init(axis: Int) { self.axis = axis }
}

/// y = x − log Σ eˣ along an axis.
public struct LogSoftmax: AxisOperator {
  public static let name = "log_softmax"
  public static let opcode = OpCode.logSoftmax
  static let operandCount = 1
  public let axis: Int
  public init(axis: Int) { self.axis = axis }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(LogSoftmaxGrad(axis: axis), outputGradient, node.output) : nil]
  }
}

/// dx = dy − eʸ · Σ dy along an axis. Operands: dy, y.
public struct LogSoftmaxGrad: AxisOperator {
  public static let name = "log_softmax_grad"
  public static let opcode = OpCode.logSoftmaxGrad
  static let operandCount = 2
  public let axis: Int
  public init(axis: Int) { self.axis = axis }
}
