import IR

/// The same elements under another shape; nothing is computed.
public struct Reshape: Operator {
  public static let name = "reshape"
  public static var samples: [Sample] {
    [Sample(Reshape(shape: [3, 10]), TensorType(2, 3, 5)), Sample(Reshape(shape: [1, 7, 1]), TensorType(7))]
  }

  public let shape: [Int]
  public init(shape: [Int]) { self.shape = shape }
  public init(attributes: Attributes) throws(AttributeError) { shape = try attributes.shape }
  public var attributes: Attributes { ["shape": .ints(shape)] }
  public var sharing: Sharing { .view(of: 0) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard TensorType.count(of: shape) == x.count else {
      throw ShapeError(Self.name, "\(x) has not the size of \(shape)")
    }
    return x.with(shape: shape)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(Reshape(shape: graph.type(node.inputs[0]).shape), outputGradient) : nil]
  }
}
