import Foundation
import IR

extension ONNXModel {
  /// The model with operators on integers (`QuantizedForm`) as operators on real values between roundings.
  ///
  /// QLinearConv(x, w) = QuantizeLinear(Conv(DequantizeLinear(x), DequantizeLinear(w))); a bias has the scales s_x·s_w.
  func expandingQuantizedOperators() throws(ExportError) -> ONNXModel {
    var expansion = Expansion(model: self, index: GraphIndex(proto.graph))
    for node in proto.graph.node { try expansion.add(node) }
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
  /// Names of the scale and zero point of each activation in integers.
  private var scaling: [String: [String]] = [:]

  init(model: ONNXModel, index: GraphIndex) {
    self.model = model
    self.index = index
  }

  mutating func add(_ node: Onnx_NodeProto) throws(ExportError) {
    if let form = QuantizedForm(node) {
      try expand(node, form)
    } else if node.movesElements, let scaling = node.input.compactMap({ scaling[$0] }).first {
      move(node, scaling)
    } else {
      if node.isRounding("QuantizeLinear"), let output = node.output.first {
        scaling[output] = Array(node.input.dropFirst())
      }
      nodes.append(node)
    }
  }

  private mutating func expand(_ node: Onnx_NodeProto, _ form: QuantizedForm) throws(ExportError) {
    let last = form.operands.map(\.zeroPoint).max() ?? 0
    guard node.input.count > last, node.output.count == 1 else {
      throw .roundsStill(node: node.name, op: node.opType)
    }
    let isReal = node.input.count <= form.scale || node.input[form.scale].isEmpty
    // Without it, nothing says whether the result is signed.
    guard isReal || node.input.count > form.zeroPoint else { throw .roundsStill(node: node.name, op: node.opType) }
    var real = Onnx_NodeProto(form.real, [], isReal ? node.output[0] : name(node.output[0] + ".real"))
    real.attribute = node.attribute.filter { $0.name != "channels_last" }
    for operand in form.operands {
      let scaling = [node.input[operand.scale], node.input[operand.zeroPoint]]
      real.input.append(dequantized(node, operand.value, scaling, axis: operand.axis))
    }
    if let bias = form.bias, node.input.count > bias, !node.input[bias].isEmpty {
      real.input.append(dequantized(node, bias, [try biasScale(node, form, bias)], axis: 0))
    }
    nodes.append(real)
    if !isReal { quantize(real.output[0], [node.input[form.scale], node.input[form.zeroPoint]], node.output[0]) }
  }

  /// An operator that does with integers what it does with real values.
  private mutating func move(_ node: Onnx_NodeProto, _ scaling: [String]) {
    var real = node
    for (position, name) in node.input.enumerated() where self.scaling[name] != nil {
      real.input[position] = dequantized(node, position, scaling, axis: 1)
    }
    real.output = node.output.map { $0.isEmpty ? "" : name($0 + ".real") }
    nodes.append(real)
    for (from, to) in zip(real.output, node.output) where !to.isEmpty { quantize(from, scaling, to) }
  }

  private mutating func quantize(_ real: String, _ scaling: [String], _ result: String) {
    nodes.append(Onnx_NodeProto("QuantizeLinear", [real] + scaling, result))
    self.scaling[result] = scaling
  }

  private mutating func dequantized(
    _ node: Onnx_NodeProto, _ operand: Int, _ scaling: [String], axis: Int
  ) -> String {
    let result = name("\(node.output[0]).operand\(operand)")
    var dequantize = Onnx_NodeProto(
      "DequantizeLinear", [node.input[operand]] + scaling, result)
    dequantize.attribute = [.integer("axis", axis)]
    nodes.append(dequantize)
    return result
  }

  /// The scales s_x·s_w of a bias as a tensor of the file.
  private mutating func biasScale(
    _ node: Onnx_NodeProto, _ form: QuantizedForm, _ bias: Int
  ) throws(ExportError) -> String {
    let (input, weight) = (try floats(node, form.operands[0].scale), try floats(node, form.operands[1].scale))
    var tensor = Onnx_TensorProto()
    tensor.name = name(node.input[bias] + ".scale")
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
