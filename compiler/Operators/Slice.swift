import IR
import Runtime

/// `sizes[i]` elements of each axis from `starts[i]` on, `steps[i]` apart; steps may be negative.
public struct Slice: KernelOperator {
  public static let name = "slice"
  public static let opcode = OpCode.slice
  public static var samples: [Sample] {
    [
      Sample(Slice(starts: [2], sizes: [3]), TensorType(7)),
      Sample(Slice(starts: [6], sizes: [4], steps: [-2]), TensorType(7)),
      Sample(Slice(starts: [1, 0], sizes: [2, 3], steps: [1, 2]), TensorType(3, 5)),
      Sample(Slice(starts: [0, 2, 1], sizes: [2, 3, 2], steps: [1, -1, 3]), TensorType(2, 3, 5)),
      Sample(Slice(starts: [0, 1, 0, 0], sizes: [2, 2, 2, 5]), TensorType(2, 3, 2, 5)),
      Sample(
        Slice(starts: [1, 0, 0, 2, 0], sizes: [1, 2, 2, 2, 1], steps: [1, 2, 1, -2, 1]), TensorType(2, 3, 2, 3, 2)),
    ]
  }

  public let starts: [Int]
  public let sizes: [Int]
  public let steps: [Int]

  /// One entry per axis in each list; without `steps` all are 1.
  public init(starts: [Int], sizes: [Int], steps: [Int]? = nil) {
    self.starts = starts
    self.sizes = sizes
    self.steps = steps ?? starts.map { _ in 1 }
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      starts: attributes.ints("starts"), sizes: attributes.ints("sizes"), steps: attributes.ints("steps"))
  }

  public var attributes: Attributes { ["starts": .ints(starts), "sizes": .ints(sizes), "steps": .ints(steps)] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    try expectRank(x.shape)
    guard fits(x.shape) else { throw ShapeError(Self.name, "\(starts), \(sizes), \(steps) do not fit \(x)") }
    return x.with(shape: sizes)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let shape = graph.type(node.inputs[0]).shape
    return [needsGradient[0] ? try graph.append(SliceGrad(shape: shape, slice: self), outputGradient) : nil]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let (nest, start) = nest(inputs[0].shape)
    return words(GatherParameters(box: nest.box, walk: nest.walk(1, start: start)))
  }

  fileprivate func fits(_ shape: [Int]) -> Bool {
    guard starts.count == shape.count, sizes.count == shape.count, steps.count == shape.count else { return false }
    return shape.indices.allSatisfy { axis in
      let places = 0..<shape[axis]
      guard sizes[axis] > 0, places.contains(starts[axis]), (1...UInt(Int32.max)).contains(steps[axis].magnitude) else {
        return false
      }
      let (reach, overflow) = (sizes[axis] - 1).multipliedReportingOverflow(by: steps[axis])
      return !overflow && places.contains(starts[axis] &+ reach)
    }
  }

  /// Walks over the slice, dense and in a tensor of `shape`, and the first element there.
  fileprivate func nest(_ shape: [Int]) -> (Nest, start: Int) {
    let strides = denseStrides(shape)
    let nest = Nest(sizes, denseStrides(sizes), shape.indices.map { strides[$0] * steps[$0] })
    return (nest, shape.indices.reduce(0) { $0 + strides[$1] * starts[$1] })
  }
}

/// Zeros of a shape with the operand written where a slice was taken.
public struct SliceGrad: KernelOperator {
  public static let name = "slice_grad"
  public static let opcode = OpCode.sliceGrad
  public static var samples: [Sample] {
    [Sample(SliceGrad(shape: [7], slice: Slice(starts: [6], sizes: [4], steps: [-2])), TensorType(4))]
  }

  public let shape: [Int]
  public let slice: Slice

  public init(shape: [Int], slice: Slice) {
    self.shape = shape
    self.slice = slice
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(shape: attributes.shape, slice: Slice(attributes: attributes))
  }

  public var attributes: Attributes {
    ["shape": .ints(shape), "starts": .ints(slice.starts), "sizes": .ints(slice.sizes), "steps": .ints(slice.steps)]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let dy = try only(inputs)
    try expectFloat(dy)
    try expectRank(shape)
    guard dy.shape == slice.sizes, slice.fits(shape) else {
      throw ShapeError(Self.name, "\(dy) is no slice of \(shape)")
    }
    return dy.with(shape: shape)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let (nest, start) = slice.nest(shape)
    return words(ScatterParameters(box: nest.box, walk: nest.walk(1, start: start), count: output.count))
  }
}
