import IR
import Operators

/// Slice: starts, ends, axes and steps are operands.
func slice(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let (starts, ends) = (try node.integers(1), try node.integers(2))
  let axes = try node.axes(node.optionalIntegers(3) ?? Array(starts.indices), rank: x.shape.count)
  let steps = try node.optionalIntegers(4) ?? starts.map { _ in 1 }
  guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count else {
    throw .values(tensor: node.inputName(1), starts)
  }
  if steps.contains(0) { throw .values(tensor: node.inputName(4), steps) }
  var cut = Cut(x.shape)
  for (index, axis) in axes.enumerated() {
    cut.narrow(axis, start: starts[index], end: ends[index], step: steps[index])
  }
  return [try b.cut(x, cut, node, label: node.label)]
}

/// Split along an axis: into the sizes given, or evenly with a smaller last part.
func split(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try parts(node, node.optionalIntegers(1), &b)
}

/// Split up to opset 12: sizes are an attribute.
func splitByAttribute(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  try parts(node, node.optionalInts("split"), &b)
}

private func parts(_ node: OperatorNode, _ given: [Int]?, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let axis = try node.axis(node.int("axis", default: 0), rank: x.shape.count, name: "axis")
  let size = x.shape[axis]
  let parts = node.proto.output.count
  let part = max(1, (size + parts - 1) / max(1, parts))
  let even = (0..<parts).map { min(part, size - $0 * part) }
  let sizes = given ?? even
  guard sizes.count == parts, sizes.allSatisfy({ (0...size).contains($0) }), sizes.reduce(0, +) == size else {
    if node.optional(1) != nil { throw .values(tensor: node.inputName(1), sizes) }
    throw .attribute(name: "split", value: "\(sizes.prefix(8))")
  }
  var results: [ModelTensor] = []
  var start = 0
  for (index, count) in sizes.enumerated() {
    var cut = Cut(x.shape)
    (cut.starts[axis], cut.sizes[axis]) = (start, count)
    results.append(try b.cut(x, cut, node, label: node.proto.output[index]))
    start += count
  }
  return results
}

/// Gather along an axis with known indices: slices of evenly spaced indices, joined.
func gather(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let axis = try node.axis(node.int("axis", default: 0), rank: x.shape.count, name: "axis")
  let size = x.shape[axis]
  let indices = try node.integers(1)
  guard let given = node.optional(1)?.shape, indices.allSatisfy({ (-size..<size).contains($0) }) else {
    throw .values(tensor: node.inputName(1), indices)
  }
  let counted = indices.map { $0 < 0 ? $0 + size : $0 }
  let shape = x.shape[..<axis] + given + x.shape[(axis + 1)...]
  if case .integers(let integers) = x {
    guard let count = elementCount(Array(shape)), count <= IntegerTensor.largest else {
      throw .size(shape: Array(shape))
    }
    return [.integers(integers.gathered(counted, axis, Array(shape)))]
  }

  let runs = runs(counted)
  guard !runs.isEmpty, runs.count <= 4096 else { throw .values(tensor: node.inputName(1), indices) }
  var parts: [ModelTensor] = []
  for run in runs {
    var cut = Cut(x.shape)
    (cut.starts[axis], cut.sizes[axis], cut.steps[axis]) = run
    parts.append(try b.cut(x, cut, node, label: ""))
  }
  return [try b.reshaped(b.joined(parts, axis, node), Array(shape), label: node.label)]
}

/// Evenly spaced parts of a list of indices: start, count, step.
private func runs(_ indices: [Int]) -> [(Int, Int, Int)] {
  var runs: [(start: Int, count: Int, step: Int)] = []
  for index in indices {
    if let last = runs.last {
      let step = index - (last.start + (last.count - 1) * last.step)
      if step != 0, last.count == 1 || step == last.step {
        runs[runs.count - 1] = (last.start, last.count + 1, step)
        continue
      }
    }
    runs.append((index, 1, 1))
  }
  return runs
}

/// A part of a tensor: for each axis the first index, the number of indices and their distance.
struct Cut {
  var starts: [Int]
  var sizes: [Int]
  var steps: [Int]
  private let shape: [Int]

  init(_ shape: [Int]) {
    self.shape = shape
    starts = shape.map { _ in 0 }
    sizes = shape
    steps = shape.map { _ in 1 }
  }

  /// Bounds as numpy reads them: negative ones count from the end, what lies outside is clamped.
  mutating func narrow(_ axis: Int, start: Int, end: Int, step: Int) {
    let size = shape[axis]
    // A step beyond the axis takes one element, like one of its size.
    let stride = Int(min(step.magnitude, UInt(max(size, 1))))
    let first = start < 0 ? start + size : start
    let last = end < 0 ? end + size : end
    if step > 0 {
      starts[axis] = min(max(first, 0), size)
      sizes[axis] = max(0, (min(max(last, 0), size) - starts[axis] + stride - 1) / stride)
      steps[axis] = stride
    } else {
      starts[axis] = min(max(first, 0), size - 1)
      sizes[axis] = max(0, (starts[axis] - min(max(last, -1), size - 1) + stride - 1) / stride)
      steps[axis] = -stride
    }
  }

  var isWhole: Bool { sizes == shape && steps.allSatisfy { $0 == 1 } }
}

extension Builder {
  mutating func cut(
    _ tensor: ModelTensor, _ cut: Cut, _ node: OperatorNode, label: String
  ) throws(NodeFault) -> ModelTensor {
    if cut.isWhole { return tensor }
    if case .integers(let integers) = tensor { return .integers(integers.cut(cut)) }
    // Nothing of a tensor is no value of the graph; joining it to others leaves them as they are.
    if cut.sizes.contains(0) { return .constant(ConstantTensor(name: label, shape: cut.sizes, [])) }
    let x = try value(tensor, of: node, 0)
    let physical = x.view.physicalShape
    var (starts, sizes, steps) = (physical.map { _ in 0 }, physical, physical.map { _ in 1 })
    for (axis, position) in x.view.positions.enumerated() {
      (starts[position], sizes[position], steps[position]) = (cut.starts[axis], cut.sizes[axis], cut.steps[axis])
    }
    let part = try append(Slice(starts: starts, sizes: sizes, steps: steps), [aligned(x)], label: label)
    return .value(Activation(id: part, view: View(cut.sizes, order: x.view.order)))
  }
}

extension IntegerTensor {
  fileprivate func cut(_ cut: Cut) -> IntegerTensor {
    let strides = strides
    let start = cut.sizes.contains(0) ? 0 : zip(cut.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return walked(cut.sizes, start: start, strides: zip(cut.steps, strides).map { $0 * $1 })
  }

  fileprivate func gathered(_ indices: [Int], _ axis: Int, _ result: [Int]) -> IntegerTensor {
    // Rows of no elements may be many.
    guard !result.contains(0) else { return IntegerTensor(shape: result, values: [], dtype: dtype) }
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    let values = (0..<outer).flatMap { row in
      indices.flatMap { index in
        let first = (row * shape[axis] + index) * inner
        return self.values[first..<(first + inner)]
      }
    }
    return IntegerTensor(shape: result, values: values, dtype: dtype)
  }
}
