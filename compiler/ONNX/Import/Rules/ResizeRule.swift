import IR
import Operators

/// Resize that repeats pixels: mode `nearest`, whole factors, nothing cut off.
///
/// Where factors are whole, `half_pixel` with any rounding to the nearest and `asymmetric` with `floor` are the same.
func resize(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.picture(node, 0)
  try node.expectRepetition()
  let factors = try node.resizeFactors(x.view.shape)
  let shape = b.graph.type(x.id).shape
  let (rows, columns) = factors.count == 3 ? (1, factors[2]) : (factors[2], factors[3])
  let apart = try b.append(Reshape(shape: [shape[0], shape[1], 1, shape[2], 1, shape[3]]), [x.id])
  let repeated = try b.append(Expand(shape: [shape[0], shape[1], rows, shape[2], columns, shape[3]]), [apart])
  let joined = Reshape(shape: [shape[0], shape[1] * rows, shape[2] * columns, shape[3]])
  let grown = try b.append(joined, [repeated], label: node.label)
  return [b.result(grown, rank: x.view.rank)]
}

extension OperatorNode {
  fileprivate func expectRepetition() throws(NodeFault) {
    let mode = try string("mode", default: "nearest")
    guard mode == "nearest" else { throw .attribute(name: "mode", value: mode) }
    let coordinates = try string("coordinate_transformation_mode", default: "half_pixel")
    let rounding = try string("nearest_mode", default: "round_prefer_floor")
    let isRepetition =
      ["half_pixel", "pytorch_half_pixel", "half_pixel_symmetric"].contains(coordinates) && rounding.hasPrefix("round_")
      || coordinates == "asymmetric" && rounding == "floor"
    guard isRepetition else { throw .attribute(name: "coordinate_transformation_mode", value: coordinates) }
    let keeps = try string("keep_aspect_ratio_policy", default: "stretch")
    guard keeps == "stretch" else { throw .attribute(name: "keep_aspect_ratio_policy", value: keeps) }
  }

  /// How often each axis is repeated; the first two are samples and channels.
  fileprivate func resizeFactors(_ shape: [Int]) throws(NodeFault) -> [Int] {
    let axes = try optionalInts("axes").map { (axes) throws(NodeFault) in try self.axes(axes, rank: shape.count) }
    let named = axes ?? Array(shape.indices)
    let factors: [Int]
    if let scales = try optionalConstant(2)?.source.floats(), !scales.isEmpty {
      guard scales.allSatisfy({ $0 >= 1 && $0 <= 64 && $0 == $0.rounded() }) else {
        throw .attribute(name: "scales", value: "\(scales.prefix(8))")
      }
      factors = scales.map { Int($0) }
    } else {
      let sizes = try integers(3)
      let isWhole =
        sizes.count == named.count
        && zip(sizes, named).allSatisfy { size, axis in
          size > 0 && size % shape[axis] == 0 && size / shape[axis] <= 64
        }
      guard isWhole else {
        throw .values(tensor: inputName(3), sizes)
      }
      factors = zip(sizes, named).map { $0 / shape[$1] }
    }
    guard factors.count == named.count else { throw .shapes([shape, factors]) }
    var all = shape.map { _ in 1 }
    for (axis, factor) in zip(named, factors) { all[axis] = factor }
    guard all[0] == 1, all[1] == 1 else { throw .shapes([shape, all]) }
    return all
  }
}
