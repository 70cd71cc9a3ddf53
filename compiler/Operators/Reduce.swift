import IR
import Runtime

/// Sum over axes, times a factor: a mean has the factor 1/n.
public struct Reduce: KernelOperator {
  public static let name = "reduce"
  public static let opcode = OpCode.reduce
  public static var samples: [Sample] {
    [
      Sample(Reduce(axes: [1, 2], scale: 1.0 / 6), TensorType(2, 3, 2, 5)),
      Sample(Reduce(axes: [0, 1, 2], keepDims: false), TensorType(2, 3, 2, 5)),
      Sample(Reduce(axes: [0], keepDims: false), TensorType(7)),
      Sample(Reduce(axes: [1], scale: -2), TensorType(3, 7)),
      Sample(Reduce(axes: [0, 2, 4], keepDims: false), TensorType(2, 3, 2, 3, 2)),
    ]
  }

  public let axes: [Int]
  public let scale: Double
  public let keepDims: Bool

  public init(axes: [Int], scale: Double = 1, keepDims: Bool = true) {
    self.axes = axes
    self.scale = scale
    self.keepDims = keepDims
  }

  public init(attributes: Attributes) throws(AttributeError) {
    axes = try attributes.ints("axes")
    scale = try attributes.float("scale")
    keepDims = try attributes.bool("keepDims")
  }

  public var attributes: Attributes {
    ["axes": .ints(axes), "scale": .float(scale), "keepDims": .int(keepDims ? 1 : 0)]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    try expectRank(x.shape)
    try expectAxes(axes, of: x.shape)
    let kept = keptShape(x.shape)
    return TensorType(keepDims ? kept : x.shape.indices.filter { !axes.contains($0) }.map { kept[$0] }, x.dtype)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    let shape = graph.type(node.inputs[0]).shape
    let kept = try graph.reshaped(outputGradient, to: keptShape(shape))
    return [try graph.append(Expand(shape: shape, scale: scale), kept)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = inputs[0].shape
    let nest = Nest(shape, denseStrides(shape), broadcastStrides(keptShape(shape), to: shape))
    return words(ReduceParameters(box: nest.box, walk: nest.walk(1), count: output.count, scale: Float(scale)))
  }

  private func keptShape(_ shape: [Int]) -> [Int] { shape.indices.map { axes.contains($0) ? 1 : shape[$0] } }
}

/// The operand repeated to a shape (numpy rules), times a factor.
public struct Expand: KernelOperator {
  public static let name = "expand"
  public static let opcode = OpCode.expand
  public static var samples: [Sample] {
    [
      Sample(Expand(shape: [2, 3, 2, 5], scale: 0.5), TensorType(2, 1, 1, 5)),
      Sample(Expand(shape: [3, 7]), TensorType(1)), Sample(Expand(shape: [2, 3, 7]), TensorType(3, 1)),
      Sample(Expand(shape: [7]), TensorType(7)), Sample(Expand(shape: [2, 3, 2, 3, 2]), TensorType(3, 1, 3, 1)),
    ]
  }

  public let shape: [Int]
  public let scale: Double

  public init(shape: [Int], scale: Double = 1) {
    self.shape = shape
    self.scale = scale
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(shape: attributes.shape, scale: attributes.float("scale"))
  }

  public var attributes: Attributes { ["shape": .ints(shape), "scale": .float(scale)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    try expectRank(shape)
    guard broadcastShape(x.shape, shape) == shape else {
      throw ShapeError(Self.name, "\(x) cannot be repeated to \(shape)")
    }
    return TensorType(shape, x.dtype)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.unbroadcast(outputGradient, to: node.inputs[0], scale: scale) : nil]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let nest = Nest(shape, broadcastStrides(inputs[0].shape, to: shape))
    return words(GatherParameters(box: nest.box, walk: nest.walk(0), scale: Float(scale)))
  }
}
