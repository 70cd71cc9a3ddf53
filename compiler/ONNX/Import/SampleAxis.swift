import IR
import Operators

/// Why a graph treats the samples of a batch otherwise than one by one, at a value.
struct SampleFault {
  let value: ValueID
  let reason: String
}

/// Follows the samples of a batch through a graph: where they lie in each value that depends on the input.
///
/// A value has them `inner` elements apart: a change of shape leaves that alone, a transposition moves it. An operation may
/// do what it likes with other axes; one that joins, sums, takes apart or compares along the axis of the samples makes of a
/// sample something that depends on its place among others.
struct SampleAxis {
  private let graph: Graph
  private let batch: Int
  /// Elements from one sample to the next, by value; nil for what does not depend on the input.
  private var inner: [Int?]
  private(set) var fault: SampleFault?

  /// Looks at what a value is computed of.
  ///
  /// - Parameter batch: of every input, as its first axis; at least 2.
  init(_ graph: Graph, leadingTo result: ValueID, batch: Int) {
    self.graph = graph
    self.batch = batch
    inner = Array(repeating: nil, count: graph.values.count)
    for id in graph.inputs where graph.type(id).shape.first == batch {
      inner[id.index] = graph.type(id).count / batch
    }
    var needed: Set<ValueID> = [result]
    for node in graph.nodes.reversed() where needed.contains(node.output) { needed.formUnion(node.inputs) }
    for node in graph.nodes
    where needed.contains(node.output) && node.inputs.contains(where: { inner[$0.index] != nil }) {
      do throws(Mixed) { inner[node.output.index] = try step(node) } catch {
        fault = SampleFault(value: node.output, reason: error.reason)
        return
      }
    }
  }

  /// Whether the samples are the first axis of a value, one for each index.
  func isFirst(_ id: ValueID) -> Bool {
    let type = graph.type(id)
    return type.shape.first == batch && inner[id.index] == type.count / batch
  }

  private struct Mixed: Error { let reason: String }

  /// The axis that samples lie on, and the elements of a sample on that axis.
  private struct Place: Equatable {
    let axis: Int
    let inner: Int
  }

  private func place(_ id: ValueID) throws(Mixed) -> Place? {
    guard let inner = inner[id.index] else { return nil }
    let shape = graph.type(id).shape
    var suffix = 1
    for axis in shape.indices.reversed() {
      let whole = suffix * shape[axis]
      if inner.isMultiple(of: suffix), whole.isMultiple(of: inner * batch) {
        return Place(axis: axis, inner: inner / suffix)
      }
      suffix = whole
    }
    throw Mixed(reason: "it has parts of several samples in the rows")
  }

  /// Elements from one sample to the next in a value of this shape.
  private func elements(_ place: Place, _ axis: Int, _ shape: [Int]) -> Int {
    place.inner * shape[(axis + 1)...].reduce(1, *)
  }

  /// - Throws: `Mixed` where the operation does not keep samples apart.
  private func step(_ node: Node) throws(Mixed) -> Int? {
    let x = node.inputs[0]
    let (shape, result) = (graph.type(x).shape, graph.type(node.output).shape)
    switch node.op {
    case is Reshape: return inner[x.index]
    case let op as Transpose:
      guard let place = try place(x), let axis = op.perm.firstIndex(of: place.axis) else { return nil }
      return elements(place, axis, result)
    case is Add, is Sub, is Mul, is Div, is Expand: return try broadcast(node, result)
    case is MatMul: return try product(node, node.op as! MatMul, result)
    case let op as Softmax: return try keeping(node, besides: [op.axis])
    case let op as LogSoftmax: return try keeping(node, besides: [op.axis])
    case let op as Reduce:
      guard let place = try place(x, besides: op.axes) else { return nil }
      return elements(place, op.keepDims ? place.axis : place.axis - op.axes.count { $0 < place.axis }, result)
    case let op as Concat:
      var common: Place?
      for operand in node.inputs {
        guard let place = try place(operand, besides: [op.axis]) else { continue }
        guard common == nil || common == place else { throw Mixed(reason: "it joins samples with others") }
        common = place
      }
      guard let common else { return nil }
      return elements(common, common.axis, result)
    case let op as Slice:
      return try keeping(
        node, besides: shape.indices.filter { op.starts[$0] != 0 || op.sizes[$0] != shape[$0] || op.steps[$0] != 1 })
    case let op as Pad:
      return try keeping(node, besides: shape.indices.filter { op.pads[$0] != 0 || op.pads[$0 + shape.count] != 0 })
    case let op as Conv:
      try expectFixed(node.inputs.dropFirst())
      let kernel = graph.type(node.inputs[1]).shape[1...2]
      let isPointwise =
        kernel.allSatisfy { $0 == 1 } && op.sliding.strides == [1, 1] && op.sliding.pads == [0, 0, 0, 0]
      return try keeping(node, besides: isPointwise ? [3] : [1, 2, 3])
    case is DepthwiseConv:
      try expectFixed(node.inputs.dropFirst())
      return try keeping(node, besides: [1, 2, 3])
    case is MaxPool, is AveragePool: return try keeping(node, besides: [1, 2])
    case is LRN: return try keeping(node, besides: [shape.count - 1])
    case is FixedBatchNorm, is BatchNormInference: return try keeping(node, besides: [shape.count - 1])
    default:
      // Functions of single elements.
      try expectFixed(node.inputs.dropFirst())
      if shape == result { return inner[x.index] }
      return try keeping(node, besides: Array(1..<max(shape.count, 1)))
    }
  }

  /// Samples stay where they are on an axis that the operation leaves alone.
  private func keeping(_ node: Node, besides axes: [Int]) throws(Mixed) -> Int? {
    guard let place = try place(node.inputs[0], besides: axes) else { return nil }
    return elements(place, place.axis, graph.type(node.output).shape)
  }

  private func place(_ id: ValueID, besides axes: [Int]) throws(Mixed) -> Place? {
    let place = try place(id)
    if let place, axes.contains(place.axis) { throw Mixed(reason: "it computes across the samples") }
    return place
  }

  private func expectFixed(_ operands: ArraySlice<ValueID>) throws(Mixed) {
    guard operands.allSatisfy({ inner[$0.index] == nil }) else { throw Mixed(reason: "it computes across the samples") }
  }

  /// Operands whose shapes are aligned at their last axes.
  private func broadcast(_ node: Node, _ result: [Int]) throws(Mixed) -> Int? {
    var common: Int?
    for operand in node.inputs {
      guard let own = inner[operand.index] else { continue }
      let shape = graph.type(operand).shape
      var elements = own
      if shape != result {
        guard let place = try place(operand) else { continue }
        let axis = place.axis + result.count - shape.count
        guard result[axis] == shape[place.axis] else { throw Mixed(reason: "it repeats the samples") }
        elements = self.elements(place, axis, result)
      }
      guard common == nil || common == elements else { throw Mixed(reason: "it combines each sample with others") }
      common = elements
    }
    return common
  }

  private func product(_ node: Node, _ op: MatMul, _ result: [Int]) throws(Mixed) -> Int? {
    var common: Int?
    for (operand, isTransposed) in zip(node.inputs, [op.transA, op.transB]) {
      guard let place = try place(operand) else { continue }
      let shape = graph.type(operand).shape
      let isFirst = operand == node.inputs[0]
      let fromEnd = shape.count - place.axis
      var axis = result.count - fromEnd
      if fromEnd <= 2 {
        // Rows of the first operand and columns of the second are those of the result.
        let isRow = (fromEnd == 2) != isTransposed
        guard isRow == isFirst, node.inputs[0] != node.inputs[1] else {
          throw Mixed(reason: "it computes across the samples")
        }
        axis = result.count - (isFirst ? 2 : 1)
      }
      guard result[axis] == shape[place.axis] else { throw Mixed(reason: "it repeats the samples") }
      let elements = elements(place, axis, result)
      guard common == nil || common == elements else { throw Mixed(reason: "it combines each sample with others") }
      common = elements
    }
    return common
  }
}
