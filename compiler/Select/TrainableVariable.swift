import IR
import Operators

/// A variable that a selection made out of a constant.
public struct TrainableVariable: Sendable {
  /// Name in the ONNX file; that of the factors of a weight's outputs is `<weight>.scale`.
  public let name: String
  public let value: ValueID
  public let region: WeightRegion?
}

extension Graph {
  /// The graph in which every selected constant is a variable.
  ///
  /// A region becomes a variable of its own, `<name>.region`, beside the frozen constant it is a part of; so do the factors of
  /// a weight's outputs, `<name>.scale`, which are 1.
  /// - Throws: `PolicyError` when such a weight has several users, `ShapeError` never for a verified graph.
  public func promoting(_ selection: Selection) throws -> (graph: Graph, promoted: [TrainableVariable]) {
    var rewriter = Rewriter(self)
    var promoted: [TrainableVariable] = []
    let scaleNames = LayerScaleNames(self)
    var users = [Int](repeating: 0, count: values.count)
    for node in nodes { for operand in node.inputs { users[operand.index] += 1 } }

    for id in ids {
      if case .constant(let constant) = self[id].definition, selection.full.contains(id) {
        let variable = rewriter.graph.variable(self[id].name, constant, kind: .weight)
        rewriter[id] = variable
        promoted.append(TrainableVariable(name: self[id].name, value: variable, region: nil))
      } else if let node = node(id), let weight = node.inputs.first(where: { selection.regions[$0] != nil }),
        let region = selection.regions[weight]
      {
        let name = self[weight].name
        guard users[weight.index] == 1 else { throw PolicyError.shared(tensor: name) }
        guard let op = node.op as? any RegionTrainable, let constant = constant(weight) else {
          throw PolicyError.unsupported(tensor: name, train: .region)
        }
        let slice = rewriter.graph.variable(
          rewriter.unused(name + ".region"), constant.part(region), kind: .weight)
        promoted.append(TrainableVariable(name: name, value: slice, region: region))
        rewriter[id] = try rewriter.graph.append(
          op.training(region: region), node.inputs.map { rewriter[$0] } + [slice], name: self[id].name)
      } else if let node = node(id), let weight = node.inputs.first(where: selection.scales.contains) {
        let name = self[weight].name
        if let shared = node.inputs.first(where: { isConstant($0) && users[$0.index] > 1 }) {
          throw PolicyError.shared(tensor: self[shared].name)
        }
        guard let op = node.op as? any ScaleTrainable else {
          throw PolicyError.unsupported(tensor: name, train: .scale)
        }
        let outputs = type(weight).shape[op.outputAxis]
        let scaleName = scaleNames[weight]
        let ones = Constant(TensorType(outputs), floats: Array(repeating: 1, count: outputs))
        let gain = rewriter.graph.variable(rewriter.unused(scaleName), ones, kind: .weight)
        promoted.append(TrainableVariable(name: scaleName, value: gain, region: nil))
        rewriter[id] = try op.scaled(
          by: gain, node.inputs.map { rewriter[$0] }, in: &rewriter.graph, name: self[id].name)
      } else {
        try rewriter.copy(id)
      }
    }
    return (rewriter.finish(), promoted)
  }
}

extension Constant {
  /// The channels of the last axis and the rows of the first one.
  func part(_ region: WeightRegion) -> Constant {
    let width = type.dtype.bytes(1)
    let channels = type.shape[type.rank - 1]
    let rows = region.rows ?? 0..<type.shape[0]
    let all = bytes()
    let row = all.count / type.shape[0]
    var part: [UInt8] = []
    for pixel in stride(from: rows.lowerBound * row, to: rows.upperBound * row, by: channels * width) {
      part += all[(pixel + region.channels.lowerBound * width)..<(pixel + region.channels.upperBound * width)]
    }
    return Constant(type.part(region), bytes: part)
  }
}

extension TensorType {
  /// Type of the channels of the last axis and the rows of the first one.
  func part(_ region: WeightRegion) -> TensorType {
    let rows = region.rows ?? 0..<shape[0]
    var part = with(shape: [rows.count] + shape[1..<(rank - 1)] + [region.channels.count])
    if let q = quantization, let axis = q.axis {
      let range = axis == 0 ? rows : axis == rank - 1 ? region.channels : 0..<q.scales.count
      part.quantization = Quantization(
        scales: Array(q.scales[range]), zeroPoints: Array(q.zeroPoints[range]), axis: q.axis)
    }
    return part
  }
}
