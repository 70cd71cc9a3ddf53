import Foundation
import IR

extension ONNXModel {
  /// Writes ConvInteger and MatMulInteger as operators on real values.
  ///
  /// `Cast(ConvInteger(x, w)) · s_x·s_w` is `Conv(x, s_w·(w − z))`. Where DynamicQuantizeLinear makes x, its scale is
  /// known only at run time; that quantization is removed and x stays real, for the quantizer to give it a static
  /// scale. Nodes that stand in no such pattern stay as they are.
  mutating func replaceIntegerProducts() throws(ImportError) {
    guard proto.graph.node.contains(where: \.isIntegerProduct) else { return }
    var replacement = IntegerProducts(model: self, index: GraphIndex(proto.graph))
    for position in proto.graph.node.indices where proto.graph.node[position].isIntegerProduct {
      try replacement.replace(position)
    }
    proto.graph.node = replacement.living()
    append(replacement.weights)
    replacedTensors.merge(replacement.replaced) { first, _ in first }
  }
}

extension Onnx_NodeProto {
  fileprivate var isIntegerProduct: Bool { isOperator("ConvInteger") || isOperator("MatMulInteger") }
}

private struct IntegerProducts {
  let model: ONNXModel
  let index: GraphIndex
  private(set) var weights: [Onnx_TensorProto] = []
  /// Weights in integers by the name of their real values.
  private(set) var replaced: [String: String] = [:]
  /// What stands in the place of a node.
  private var nodes: [Int: [Onnx_NodeProto]] = [:]
  private var readers: [String: [Int]] = [:]

  init(model: ONNXModel, index: GraphIndex) {
    self.model = model
    self.index = index
    for (position, node) in model.proto.graph.node.enumerated() {
      for name in node.input { readers[name, default: []].append(position) }
    }
  }

  /// An operand on real values, and what the sum of products is multiplied with because of it.
  private struct Input {
    let name: String
    let scale: String
    /// Where the scale is a number of the file.
    let known: Float?
    let rounding: Onnx_NodeProto?
  }

  mutating func replace(_ position: Int) throws(ImportError) {
    let node = model.proto.graph.node[position]
    guard let cast = reader(of: node, "Cast"), let product = reader(of: self.node(cast), "Mul"),
      let x = try input(node), let scales = try weightScales(of: self.node(product), self.node(cast).output[0], x),
      let weight = try realWeight(node, scales)
    else { return }
    var real = Onnx_NodeProto(node.isOperator("ConvInteger") ? "Conv" : "MatMul", [x.name, weight], "")
    real.name = node.name
    real.attribute = node.attribute
    real.output = self.node(product).output
    if real.opType == "Conv", let (sum, bias) = try biasSum(behind: product) {
      real.input.append(bias)
      real.output = self.node(sum).output
      nodes[sum] = []
    }
    nodes[position] = (x.rounding.map { [$0] } ?? []) + [real]
    (nodes[cast], nodes[product]) = ([], [])
  }

  private func node(_ position: Int) -> Onnx_NodeProto { model.proto.graph.node[position] }

  /// The one node that reads the result of another.
  private func reader(of node: Onnx_NodeProto, _ op: String) -> Int? {
    guard node.output.count == 1, index.uses[node.output[0]] == 1, let position = readers[node.output[0]]?.first,
      self.node(position).isOperator(op)
    else { return nil }
    return position
  }

  /// The operand x in front of its rounding; behind one with a scale of the file, through DequantizeLinear.
  private func input(_ node: Onnx_NodeProto) throws(ImportError) -> Input? {
    guard node.input.count > 1, let producer = index.producers[node.input[0]] else { return nil }
    let rounding = self.node(producer)
    let zeroPoint = node.input.count > 2 ? node.input[2] : ""
    if rounding.isOperator("DynamicQuantizeLinear"), rounding.output.count == 3, rounding.output[2] == zeroPoint,
      let real = rounding.input.first
    {
      return Input(name: real, scale: rounding.output[1], known: nil, rounding: nil)
    }
    guard rounding.isRounding("QuantizeLinear"), rounding.input.count > 1,
      (rounding.input.count > 2 ? rounding.input[2] : "") == zeroPoint,
      let scale = try floats(rounding.input[1]), scale.count == 1
    else { return nil }
    let operands = [node.input[0]] + rounding.input.dropFirst()
    let real = Onnx_NodeProto("DequantizeLinear", operands, index.unused(node.output[0] + ".operand0"))
    return Input(name: real.output[0], scale: rounding.input[1], known: scale[0], rounding: real)
  }

  /// The scales of the weights: the other factor of the product is s_x·s_w, computed or as a number.
  private func weightScales(
    of product: Onnx_NodeProto, _ sum: String, _ x: Input
  ) throws(ImportError) -> [Float]? {
    guard let factor = product.input.first(where: { $0 != sum }) else { return nil }
    if let known = try floats(factor), let scale = x.known { return known.map { $0 / scale } }
    guard let producer = index.producers[factor], node(producer).isOperator("Mul"),
      node(producer).input.contains(x.scale), let scales = node(producer).input.first(where: { $0 != x.scale })
    else { return nil }
    return try floats(scales)
  }

  /// Appends the weights s·(w − z) in real values and gives their name.
  private mutating func realWeight(_ node: Onnx_NodeProto, _ scales: [Float]) throws(ImportError) -> String? {
    guard let known = try model.known(node.input[1], index), [.i8, .u8].contains(known.constant.type.dtype) else {
      return nil
    }
    let integers = IntegerTensor(known.constant)
    let zeroPoint = node.input.count > 3 ? node.input[3] : ""
    var zeros = [0]
    if !zeroPoint.isEmpty {
      guard let known = try model.known(zeroPoint, index), [.i8, .u8].contains(known.constant.type.dtype) else {
        return nil
      }
      zeros = IntegerTensor(known.constant).values
    }
    let axis = node.isOperator("ConvInteger") ? 0 : integers.shape.count - 1
    guard integers.shape.indices.contains(axis) else { return nil }
    let channels = integers.shape[axis]
    guard [scales.count, zeros.count].allSatisfy({ $0 == 1 || $0 == channels }) else { return nil }
    let stride = integers.strides[axis]
    let values = integers.values.enumerated().map { element, value in
      let channel = element / stride % channels
      return Float(value - zeros[zeros.count == 1 ? 0 : channel]) * scales[scales.count == 1 ? 0 : channel]
    }
    var tensor = Onnx_TensorProto()
    tensor.name = index.unused(node.input[1] + ".real.\(weights.count)")
    tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
    tensor.dims = integers.shape.map(Int64.init)
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    weights.append(tensor)
    replaced[tensor.name] = known.name
    return tensor.name
  }

  /// The sum that adds one number a channel, shaped [C, 1, 1] by a Reshape, and the name of those numbers.
  private func biasSum(behind product: Int) throws(ImportError) -> (position: Int, bias: String)? {
    guard let sum = reader(of: node(product), "Add"),
      let operand = node(sum).input.first(where: { $0 != node(product).output[0] }),
      let producer = index.producers[operand], node(producer).isOperator("Reshape"), node(producer).input.count == 2,
      let bias = try model.known(node(producer).input[0], index), bias.constant.type.dtype == .f32,
      let shape = try model.known(node(producer).input[1], index), shape.constant.type.dtype == .i64
    else { return nil }
    let count = bias.constant.type.count
    guard bias.constant.type.shape.count == 1,
      [[1, -1, 1, 1], [1, count, 1, 1]].contains(IntegerTensor(shape.constant).values)
    else { return nil }
    return (sum, bias.name)
  }

  private func floats(_ name: String) throws(ImportError) -> [Float]? {
    guard let constant = try model.known(name, index)?.constant, constant.type.dtype == .f32 else { return nil }
    return constant.floats()
  }

  /// The nodes of the graph, without roundings, scales and shapes that served the old ones only.
  func living() -> [Onnx_NodeProto] {
    var result = model.proto.graph.node.indices.flatMap { nodes[$0] ?? [node($0)] }
    let served = ["DynamicQuantizeLinear", "Mul", "Reshape", "Constant"]
    // Twice: a rounding is read by the product of its scales, a Constant by the Reshape of a bias.
    for _ in 0..<2 {
      var graph = model.proto.graph
      graph.node = result
      let uses = GraphIndex(graph).uses
      result.removeAll { node in
        served.contains(where: node.isOperator) && node.output.allSatisfy { uses[$0] == nil }
      }
    }
    return result
  }
}
