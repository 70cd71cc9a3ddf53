import IR
import Runtime

extension Operator {
  /// Checks logits [N, C] with labels i32 [N].
  func expectClasses(_ inputs: [TensorType]) throws(ShapeError) {
    try expectFloat(inputs[0])
    guard inputs[0].rank == 2, inputs[1] == TensorType([inputs[0].shape[0]], .i32) else {
      throw ShapeError(Self.name, "takes logits [N, C] and labels i32 [N], has \(inputs[0]) and \(inputs[1])")
    }
  }
}

/// Mean over N of −Σ q · log softmax(logits), q = (1 − smoothing) · onehot + smoothing / C, as PyTorch defines it.
///
/// Operands: logits [N, C], labels i32 [N]; the result has shape [1]. A label that is no class counts nothing.
public struct SoftmaxCrossEntropy: KernelOperator {
  public static let name = "softmax_cross_entropy"
  public static let opcode = OpCode.softmaxCrossEntropy
  public static var samples: [Sample] {
    [0, 0.1].map {
      Sample(SoftmaxCrossEntropy(labelSmoothing: $0), TensorType(7, 3), TensorType([7], .i32), range: 0...2)
    }
  }

  public let labelSmoothing: Double
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }
  public init(attributes: Attributes) throws(AttributeError) {
    labelSmoothing = try attributes.float("labelSmoothing")
  }
  public var attributes: Attributes { ["labelSmoothing": .float(labelSmoothing)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectClasses(inputs)
    return TensorType([1], inputs[0].dtype)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let op = SoftmaxCrossEntropyGrad(labelSmoothing: labelSmoothing)
    return [needsGradient[0] ? try graph.append(op, node.inputs[0], node.inputs[1], outputGradient) : nil, nil]
  }

  /// The labels.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { [1] }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(inputs[0].classes(.loss, labelSmoothing))
  }
}

/// dx = seed · (softmax(logits) − q) / N. Operands: logits [N, C], labels i32 [N], seed [1].
public struct SoftmaxCrossEntropyGrad: KernelOperator {
  public static let name = "softmax_cross_entropy_grad"
  public static let opcode = OpCode.softmaxCrossEntropyGrad
  public static var samples: [Sample] {
    [Sample(SoftmaxCrossEntropyGrad(), TensorType(7, 3), TensorType([7], .i32), TensorType(1), range: 0...2)]
  }

  public let labelSmoothing: Double
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }
  public init(attributes: Attributes) throws(AttributeError) {
    labelSmoothing = try attributes.float("labelSmoothing")
  }
  public var attributes: Attributes { ["labelSmoothing": .float(labelSmoothing)] }
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 3)
    try expectClasses(inputs)
    guard inputs[2] == TensorType([1], inputs[0].dtype) else {
      throw ShapeError(Self.name, "the seed is one number, not \(inputs[2])")
    }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(inputs[0].classes(.gradient, labelSmoothing))
  }
}

/// Rows whose largest logit, the first of equals, stands at the label: i32 [1]. Operands: logits [N, C], labels i32 [N].
public struct CountCorrect: PlainOperator {
  public static let name = "count_correct"
  public static let opcode = OpCode.countCorrect
  public static var samples: [Sample] {
    [Sample(CountCorrect(), TensorType(7, 3), TensorType([7], .i32), range: 0...2)]
  }

  public init() {}

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectClasses(inputs)
    return TensorType([1], .i32)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(inputs[0].classes(.count, 0))
  }
}

extension TensorType {
  fileprivate func classes(_ kind: ClassParameters.Kind, _ smoothing: Double) -> ClassParameters {
    ClassParameters(rows: shape[0], classes: shape[1], kind: kind, smoothing: Float(smoothing))
  }
}
