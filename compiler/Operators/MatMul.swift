import IR
import Runtime

/// y = op(a) · op(b) over the last two axes; axes in front of them broadcast (at most six axes in all).
public struct MatMul: KernelOperator {
  public static let name = "matmul"
  public static let opcode = OpCode.matMul
  public static var samples: [Sample] {
    var samples: [Sample] = []
    for (transA, transB) in [(false, false), (false, true), (true, false), (true, true)] {
      let op = MatMul(transA: transA, transB: transB)
      let a = transA ? [5, 3] : [3, 5]
      let b = transB ? [7, 5] : [5, 7]
      for (frontA, frontB) in [([], []), ([2], [2]), ([2, 3], []), ([2, 1], [3]), ([], [2])] {
        samples.append(Sample(op, TensorType(frontA + a), TensorType(frontB + b)))
      }
    }
    return samples
  }

  public let transA: Bool
  public let transB: Bool

  public init(transA: Bool = false, transB: Bool = false) {
    self.transA = transA
    self.transB = transB
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(transA: attributes.bool("transA"), transB: attributes.bool("transB"))
  }

  public var attributes: Attributes { ["transA": .int(transA ? 1 : 0), "transB": .int(transB ? 1 : 0)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectFloat(inputs[0])
    let (a, b) = (inputs[0], inputs[1])
    guard a.dtype == b.dtype, a.rank >= 2, b.rank >= 2,
      a.shape[a.rank - (transA ? 2 : 1)] == b.shape[b.rank - (transB ? 1 : 2)],
      let front = broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    else { throw ShapeError(Self.name, "operands do not fit: \(a) and \(b)") }
    try expectRank(front + [1, 1])
    return TensorType(
      front + [a.shape[a.rank - (transA ? 1 : 2)], b.shape[b.rank - (transB ? 2 : 1)]], a.dtype)
  }

  /// A matrix that is constant is a weight, on either side.
  public func roles(_ count: Int) -> [OperandRole] { Array(repeating: .weight, count: count) }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.count * inputs[0].shape[inputs[0].rank - (transA ? 2 : 1)]
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let (a, b) = (node.inputs[0], node.inputs[1])
    return [
      needsGradient[0] ? try graph.unbroadcast(gradientOfA(&graph, b, outputGradient), to: a) : nil,
      needsGradient[1] ? try gradientOfB(&graph, a, b, outputGradient) : nil,
    ]
  }

  private func gradientOfA(
    _ graph: inout Graph, _ b: ValueID, _ outputGradient: ValueID
  ) throws(ShapeError) -> ValueID {
    transA
      ? try graph.append(MatMul(transA: transB, transB: true), b, outputGradient)
      : try graph.append(MatMul(transB: !transB), outputGradient, b)
  }

  private func gradientOfB(
    _ graph: inout Graph, _ a: ValueID, _ b: ValueID, _ outputGradient: ValueID
  ) throws(ShapeError) -> ValueID {
    var (rows, gradient) = (a, outputGradient)
    let front = graph.type(a).shape.dropLast(2)
    // One matrix for the whole batch: its gradient is a single product over all rows, without a sum of products.
    if !transA, graph.type(b).shape.dropLast(2).allSatisfy({ $0 == 1 }),
      graph.type(outputGradient).shape.dropLast(2) == front
    {
      rows = try graph.reshaped(a, to: Self.flat(graph.type(a).shape))
      gradient = try graph.reshaped(outputGradient, to: Self.flat(graph.type(outputGradient).shape))
    }
    let result =
      transB
      ? try graph.append(MatMul(transA: true, transB: transA), gradient, rows)
      : try graph.append(MatMul(transA: !transA), rows, gradient)
    return graph.type(result).count == graph.type(b).count
      ? try graph.reshaped(result, to: graph.type(b).shape) : try graph.unbroadcast(result, to: b)
  }

  private static func flat(_ shape: [Int]) -> [Int] { [shape.dropLast().reduce(1, *), shape[shape.count - 1]] }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    var m = output.shape[output.rank - 2]
    let n = output.shape[output.rank - 1]
    let k = inputs[0].shape[inputs[0].rank - (transA ? 2 : 1)]
    let front = Array(output.shape.dropLast(2))
    let a = broadcastStrides(Array(inputs[0].shape.dropLast(2)), to: front).map { $0 * m * k }
    let b = broadcastStrides(Array(inputs[1].shape.dropLast(2)), to: front).map { $0 * k * n }
    var nest = Nest(front, a, b)
    if nest.sizes.count == 1, !transA, nest.walks[0] == [m * k], nest.walks[1] == [0] {
      m *= nest.sizes[0]  // one matrix for the whole batch: one tall product
      nest = Nest([], [], [])
    }
    return words(
      MatMulParameters(
        m: m, n: n, k: k, transposeA: transA, transposeB: transB, box: nest.box, a: nest.walk(0), b: nest.walk(1)))
  }
}
