import IR
import Runtime

/// An operator that combines two float tensors whose shapes broadcast (numpy rules, at most six axes).
protocol BroadcastOperator: PlainOperator {}

extension BroadcastOperator {
  public var sharing: Sharing { .mayReuse([0, 1]) }  // an operand that is repeated has fewer bytes than the output

  public static var samples: [Sample] {
    [
      Sample(Self(), TensorType(2, 3), TensorType(2, 3), range: 0.5...2),
      Sample(Self(), TensorType(2, 3, 2, 5), TensorType(5), range: 0.5...2),
      Sample(Self(), TensorType(2, 1, 1, 5), TensorType(2, 3, 2, 5), range: 0.5...2),
      Sample(Self(), TensorType(3, 1), TensorType(1, 7), range: 0.5...2),
      Sample(Self(), TensorType(1), TensorType(2, 1, 3), range: 0.5...2),
    ]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectFloat(inputs[0])
    guard inputs[0].dtype == inputs[1].dtype, let shape = broadcastShape(inputs[0].shape, inputs[1].shape) else {
      throw ShapeError(Self.name, "operands do not fit: \(inputs[0]) and \(inputs[1])")
    }
    try expectRank(shape)
    return TensorType(shape, inputs[0].dtype)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let a = broadcastStrides(inputs[0].shape, to: output.shape)
    let b = broadcastStrides(inputs[1].shape, to: output.shape)
    let nest = Nest(output.shape, a, b)
    return words(BroadcastParameters(box: nest.box, a: nest.walk(0), b: nest.walk(1)))
  }
}

extension Graph {
  /// Turns the gradient of a broadcast result into the operand's: sums over its repeated axes, times `scale`.
  mutating func unbroadcast(
    _ gradient: ValueID, to operand: ValueID, scale: Double = 1
  ) throws(ShapeError) -> ValueID {
    let shape = type(operand).shape
    let full = type(gradient).shape
    let padded = Array(repeating: 1, count: full.count - shape.count) + shape
    let axes = full.indices.filter { padded[$0] == 1 && full[$0] != 1 }
    var result = gradient
    if !axes.isEmpty {
      result = try append(Reduce(axes: axes, scale: scale), gradient)
    } else if scale != 1 {
      result = try append(Affine(alpha: scale), gradient)
    }
    return try reshaped(result, to: shape)
  }

  /// The value under another shape; itself where the shape is the same.
  mutating func reshaped(_ value: ValueID, to shape: [Int]) throws(ShapeError) -> ValueID {
    type(value).shape == shape ? value : try append(Reshape(shape: shape), value)
  }
}

/// y = a + b.
public struct Add: BroadcastOperator {
  public static let name = "add"
  public static let opcode = OpCode.add
  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [
      needsGradient[0] ? try graph.unbroadcast(outputGradient, to: node.inputs[0]) : nil,
      needsGradient[1] ? try graph.unbroadcast(outputGradient, to: node.inputs[1]) : nil,
    ]
  }
}

/// y = a − b.
public struct Sub: BroadcastOperator {
  public static let name = "sub"
  public static let opcode = OpCode.sub
  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [
      needsGradient[0] ? try graph.unbroadcast(outputGradient, to: node.inputs[0]) : nil,
      needsGradient[1] ? try graph.unbroadcast(outputGradient, to: node.inputs[1], scale: -1) : nil,
    ]
  }
}

/// y = a · b.
public struct Mul: BroadcastOperator {
  public static let name = "mul"
  public static let opcode = OpCode.mul
  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let (a, b) = (node.inputs[0], node.inputs[1])
    return [
      needsGradient[0] ? try graph.unbroadcast(graph.append(Mul(), outputGradient, b), to: a) : nil,
      needsGradient[1] ? try graph.unbroadcast(graph.append(Mul(), outputGradient, a), to: b) : nil,
    ]
  }
}

/// y = a / b.
public struct Div: BroadcastOperator {
  public static let name = "div"
  public static let opcode = OpCode.div
  public init() {}

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] || needsGradient[1] else { return [nil, nil] }
    let (a, b) = (node.inputs[0], node.inputs[1])
    let quotient = try graph.append(Div(), outputGradient, b)
    return [
      needsGradient[0] ? try graph.unbroadcast(quotient, to: a) : nil,
      // ∂(a/b)/∂b = −(a/b)/b: the output serves, so a can be freed.
      needsGradient[1] ? try graph.unbroadcast(graph.append(Mul(), quotient, node.output), to: b, scale: -1) : nil,
    ]
  }
}
