import IR
import Runtime

/// Most axes that a tensor can have.
let maximumRank = 6

/// Elements between neighbours along each axis of a dense tensor.
func denseStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

/// Strides of a dense tensor of `shape` over the index space of a result of shape `output`; broadcast axes have stride
/// 0.
func broadcastStrides(_ shape: [Int], to output: [Int]) -> [Int] {
  let leading = output.count - shape.count
  let strides = denseStrides(shape)
  return output.indices.map { axis in
    axis < leading || shape[axis - leading] == 1 ? 0 : strides[axis - leading]
  }
}

/// The numpy rule: axes are matched from the last, an axis of size 1 repeats; nil where they do not match.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  let first = Array(repeating: 1, count: rank - a.count) + a
  let second = Array(repeating: 1, count: rank - b.count) + b
  var shape: [Int] = []
  for (x, y) in zip(first, second) {
    guard x == y || x == 1 || y == 1 else { return nil }
    shape.append(x == 1 ? y : x)
  }
  return shape
}

/// Sizes of an index space, and the strides of a few tensors over it.
struct Nest {
  var sizes: [Int]
  var walks: [[Int]]

  /// Drops axes of size 1 and coalesces neighbours that are one axis in every tensor: rows get long.
  init(_ sizes: [Int], _ walks: [Int]...) {
    self.sizes = []
    self.walks = walks.map { _ in [] }
    for axis in sizes.indices where sizes[axis] != 1 {
      let joins =
        !self.sizes.isEmpty
        && walks.indices.allSatisfy { self.walks[$0].last == walks[$0][axis] * sizes[axis] }
      if joins {
        self.sizes[self.sizes.count - 1] *= sizes[axis]
        for walk in walks.indices { self.walks[walk][self.sizes.count - 1] = walks[walk][axis] }
      } else {
        self.sizes.append(sizes[axis])
        for walk in walks.indices { self.walks[walk].append(walks[walk][axis]) }
      }
    }
  }

  var box: IndexSpace { makeIndexSpace(sizes) }
  func walk(_ index: Int, start: Int = 0) -> StridedAccess { StridedAccess(six(walks[index], fill: 0), start: start) }
}

/// An index space padded with sizes of 1 in front.
func makeIndexSpace(_ sizes: [Int]) -> IndexSpace { IndexSpace(six(sizes, fill: 1)) }

/// Six words, filled up in front.
func six(_ values: [Int], fill: Int) -> InlineArray<6, Int32> {
  InlineArray { axis in
    let index = axis + values.count - maximumRank
    return Int32(index >= 0 ? values[index] : fill)
  }
}

extension Operator {
  /// Checks that the shape has no more axes than kernels take.
  func expectRank(_ shape: [Int]) throws(ShapeError) {
    guard shape.count <= maximumRank else { throw ShapeError(Self.name, "has more than \(maximumRank) axes") }
    guard TensorType.count(of: shape) != nil else { throw ShapeError(Self.name, "\(shape) is no size") }
  }

  /// Checks that `axes` are different axes of `shape`.
  func expectAxes(_ axes: [Int], of shape: [Int]) throws(ShapeError) {
    guard axes.allSatisfy(shape.indices.contains), Set(axes).count == axes.count else {
      throw ShapeError(Self.name, "axes \(axes) do not fit shape \(shape)")
    }
  }
}
