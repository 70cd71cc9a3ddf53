import IR
import Runtime

/// Axis `i` of the result is axis `perm[i]` of the operand (at most six axes).
public struct Transpose: KernelOperator {
  public static let name = "transpose"
  public static let opcode = OpCode.transpose
  public static var samples: [Sample] {
    [
      Sample(Transpose(perm: [0]), TensorType(7)), Sample(Transpose(perm: [1, 0]), TensorType(3, 5)),
      Sample(Transpose(perm: [2, 0, 1]), TensorType(2, 3, 5)),
      Sample(Transpose(perm: [0, 3, 1, 2]), TensorType(2, 3, 2, 5)),
      Sample(Transpose(perm: [4, 2, 0, 3, 1]), TensorType(2, 3, 2, 3, 2)),
    ]
  }

  public let perm: [Int]
  public init(perm: [Int]) { self.perm = perm }
  public init(attributes: Attributes) throws(AttributeError) { perm = try attributes.ints("perm") }
  public var attributes: Attributes { ["perm": .ints(perm)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    try expectRank(x.shape)
    guard perm.sorted() == Array(x.shape.indices) else {
      throw ShapeError(Self.name, "permutation \(perm) does not fit \(x)")
    }
    return x.with(shape: perm.map { x.shape[$0] })
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    var inverse = perm
    for (axis, source) in perm.enumerated() { inverse[source] = axis }
    return [try graph.append(Transpose(perm: inverse), outputGradient)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let strides = denseStrides(inputs[0].shape)
    let nest = Nest(output.shape, perm.map { strides[$0] })
    return words(GatherParameters(box: nest.box, walk: nest.walk(0)))
  }
}
