import IR
import Operators
import Runtime

/// Conv: Y = X * W + B; W [O, C/groups, ...] becomes OHWI, in depthwise convolutions 1HWC.
func convolution(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.picture(node, 0)
  var (weight, bias) = (try node.constant(1), try node.optionalConstant(2))
  let shape = weight.view.shape
  guard shape.count == x.view.rank, shape.allSatisfy({ $0 > 0 }), bias == nil || bias?.view.shape == [shape[0]] else {
    throw .shapes([x.view.shape, shape] + (bias.map { [$0.view.shape] } ?? []))
  }
  let kernel = Array(shape[2...])
  if let declared = try node.optionalInts("kernel_shape"), declared != kernel {
    throw .attribute(name: "kernel_shape", value: "\(declared)")
  }
  let groups = try node.int("group", default: 1)
  guard groups > 0, groups <= x.view.shape[1] else { throw .attribute(name: "group", value: "\(groups)") }
  var window = try WindowAttributes(node, kernel: kernel, input: x.spatial)
  let fold = b.plan.folds[node.index]
  if let fold { (weight, bias) = fold.folded(weight, bias) }

  let isDepthwise = groups > 1 && groups == x.view.shape[1] && shape[1] == 1
  // A row's weights [O, I, L] are those of a picture of height 1: [O, I, 1, L].
  let (o, i, h, w) = (0, 1, shape.count - 2, shape.count - 1)
  let order =
    isDepthwise ? (shape.count == 3 ? [i, w, o] : [i, h, w, o]) : shape.count == 3 ? [o, w, i] : [o, h, w, i]
  let size = window.kernel
  let physical = isDepthwise ? [1] + size + [shape[0]] : [shape[0]] + size + [shape[1]]
  var operands = [b.withoutZeroPadding(x.id, &window), try b.place(weight, order, shape: physical)]
  if let bias { operands.append(try b.place(bias, [0], shape: [shape[0]])) }
  let op: any Operator =
    isDepthwise
    ? DepthwiseConv(window.sliding, hasBias: bias != nil)
    : Conv(window.sliding, groups: groups, hasBias: bias != nil)
  let label = fold?.output ?? node.label
  let y = try b.append(op, operands, label: label)
  return [b.result(y, rank: x.view.rank)]
}

extension Builder {
  /// What a zero padding in front of a convolution pads, the amounts moved into the window.
  func withoutZeroPadding(_ x: ValueID, _ window: inout WindowAttributes) -> ValueID {
    guard let (before, pads) = padding(x, where: { $0 == 0 }) else { return x }
    for side in pads.indices { window.sliding.pads[side] += pads[side] }
    return before
  }

  /// What a padding of pictures with a constant pads, and by how much [top, left, bottom, right].
  func padding(_ x: ValueID, where isWanted: (Double) -> Bool) -> (ValueID, [Int])? {
    guard let node = graph.node(x), let pad = node.op as? Pad, pad.mode == .constant, isWanted(pad.value),
      pad.pads.count == 8, pad.pads.allSatisfy({ $0 >= 0 }), pad.pads[0] + pad.pads[3] + pad.pads[4] + pad.pads[7] == 0
    else { return nil }
    return (node.inputs[0], [1, 2, 5, 6].map { pad.pads[$0] })
  }
}

extension BatchNormFold {
  /// The folded parameters of the convolution, as tensors of the shapes they had.
  fileprivate func folded(_ weight: ConstantTensor, _ bias: ConstantTensor?) -> (ConstantTensor, ConstantTensor) {
    (
      ConstantTensor(name: weight.name, shape: weight.view.shape, fold(weight: weight.floats)),
      ConstantTensor(name: foldedBiasName, shape: [scales.count], fold(bias: bias?.floats))
    )
  }
}
