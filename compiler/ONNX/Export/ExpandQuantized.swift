import Foundation
import IR

extension ONNXModel {
  /// The model with QLinearConv and QLinearMatMul as operators on real values between roundings.
  ///
  /// QLinearConv(x, w) = QuantizeLinear(Conv(DequantizeLinear(x), DequantizeLinear(w))); a bias has the scales s_x·s_w.
  func expandingQuantizedOperators() throws(ExportError) -> ONNXModel {
    var expansion = Expansion(model: self, index: GraphIndex(proto.graph))
    for node in proto.graph.node {
      if node.isOperator("QLinearConv") {
        try expansion.expand(node, "Conv", weightAxis: 0)
      } else if node.isOperator("QLinearMatMul") {
        try expansion.expand(node, "MatMul", weightAxis: 1)
      } else {
        expansion.nodes.append(node)
      }
    }
    var result = self
    result.proto.graph.node = expansion.nodes
    result.append(expansion.scales)
    return result
  }
}

/// Nodes of a graph in which operators on integers become several.
private struct Expansion {
  let model: ONNXModel
  let index: GraphIndex
  var nodes: [Onnx_NodeProto] = []
  var scales: [Onnx_TensorProto] = []
  private var names: Set<String> = []

  init(model: ONNXModel, index: GraphIndex) {
    self.model = model
    self.index = index
  }

  /// Operands: x, its scale and zero point, w and its own, the scale and zero point of the result, a bias.
  mutating func expand(_ node: Onnx_NodeProto, _ op: String, weightAxis: Int) throws(ExportError) {
    guard node.input.count >= 8, node.output.count == 1 else { throw .roundsStill(node: node.name, op: node.opType) }
    var real = Onnx_NodeProto(op, [], name(node.output[0] + ".real"))
    real.attribute = node.attribute
    real.input = [
      dequantized(node, 0, scale: node.input[1], zeroPoint: node.input[2], axis: 1),
      dequantized(node, 3, scale: node.input[4], zeroPoint: node.input[5], axis: weightAxis),
    ]
    if node.input.count > 8, !node.input[8].isEmpty {
      real.input.append(dequantized(node, 8, scale: try biasScale(node), zeroPoint: nil, axis: 0))
    }
    nodes.append(real)
    nodes.append(Onnx_NodeProto("QuantizeLinear", [real.output[0], node.input[6], node.input[7]], node.output[0]))
  }

  private mutating func dequantized(
    _ node: Onnx_NodeProto, _ operand: Int, scale: String, zeroPoint: String?, axis: Int
  ) -> String {
    let result = name("\(node.output[0]).operand\(operand)")
    var dequantize = Onnx_NodeProto(
      "DequantizeLinear", [node.input[operand], scale] + (zeroPoint.map { [$0] } ?? []), result)
    var attribute = Onnx_AttributeProto()
    attribute.name = "axis"
    attribute.type = .int
    attribute.i = Int64(axis)
    dequantize.attribute = [attribute]
    nodes.append(dequantize)
    return result
  }

  /// The scales s_x·s_w of a bias as a tensor of the file.
  private mutating func biasScale(_ node: Onnx_NodeProto) throws(ExportError) -> String {
    let (input, weight) = (try floats(node, 1), try floats(node, 4))
    var tensor = Onnx_TensorProto()
    tensor.name = name(node.input[8] + ".scale")
    tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
    tensor.dims = weight.count == 1 ? [] : [Int64(weight.count)]
    tensor.rawData = weight.map { $0 * input[0] }.withUnsafeBytes { Data($0) }
    scales.append(tensor)
    return tensor.name
  }

  private func floats(_ node: Onnx_NodeProto, _ operand: Int) throws(ExportError) -> [Float] {
    let known: KnownTensor?
    do throws(ImportError) { known = try model.known(node.input[operand], index) } catch { throw .model(error) }
    guard let values = known?.constant.floats(), !values.isEmpty else {
      throw .roundsStill(node: node.name, op: node.opType)
    }
    return values
  }

  private mutating func name(_ wanted: String) -> String {
    var candidate = index.unused(wanted)
    while names.contains(candidate) { candidate += ".2" }
    names.insert(candidate)
    return candidate
  }
}
