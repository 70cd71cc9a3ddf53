import IR
import Operators

// Numbers of uint8 are kept as int8: 128 less, and so is their zero point.

/// QuantizeLinear: y = saturate(round(x / scale) + zero point), one scale for the tensor.
func quantizeLinear(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try b.value(node, 0)
  return [.value(try b.quantized(x, Scaling(node, scale: 1, zeroPoint: 2), node, label: node.label))]
}

/// DequantizeLinear: of an activation, or of integers of the file, which stay integers in the graph.
func dequantizeLinear(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  [try b.dequantized(node, 0, Scaling(node, scale: 1, zeroPoint: 2), axis: node.int("axis", default: 1))]
}

/// An operator on integers: the one on real values between the integers' roundings.
func betweenRoundings(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  guard let form = QuantizedForm(node.proto) else { throw .unsupportedOperator }
  // QLinearSoftmax says itself which version of Softmax it is.
  let rule = try rule(form.real, node.int("opset", default: node.model.opset))
  if try node.int("channels_last", default: 0) != 0 { throw .attribute(name: "channels_last", value: "1") }
  var operands: [ModelTensor?] = []
  var unit: Float = 1
  for operand in form.operands {
    let scaling = try Scaling(node, scale: operand.scale, zeroPoint: operand.zeroPoint)
    operands.append(try b.dequantized(node, operand.value, scaling, axis: operand.axis))
    // A bias has the scale of the activation times that of each of the weights.
    guard let bias = form.bias, node.optional(bias) != nil else { continue }
    if operand == form.operands.last {
      let scales = Scaling(scales: scaling.scales.map { $0 * unit }, zeroPoints: [0], isUnsigned: false)
      operands.append(try b.dequantized(node, bias, scales, axis: 0))
    }
    unit = scaling.scales[0]
  }
  let real = OperatorNode(proto: node.proto, index: node.index, model: node.model, inputs: operands)
  let result = try rule.apply(real, &b)
  // Without a scale the result of QGemm stays real.
  guard node.optional(form.scale) != nil else { return result }
  return try b.quantized(result, Scaling(node, scale: form.scale, zeroPoint: form.zeroPoint), node)
}

/// Scales and zero points as the file has them.
struct Scaling {
  var scales: [Float]
  /// One, or one for each scale; as the file has them.
  var zeroPoints: [Int]
  var isUnsigned: Bool
  private(set) var name = ""

  init(scales: [Float], zeroPoints: [Int], isUnsigned: Bool) {
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.isUnsigned = isUnsigned
  }

  /// - Throws: `NodeFault.quantization` for scales that are not positive numbers.
  init(_ node: OperatorNode, scale: Int, zeroPoint: Int) throws(NodeFault) {
    name = node.inputName(scale)
    scales = try node.constant(scale).floats
    for value in scales where !(value > 0 && value.isFinite) {
      throw .quantization(tensor: name, reason: "holds the scale \(value); scales are positive numbers")
    }
    guard !scales.isEmpty else { throw .quantization(tensor: name, reason: "holds no scale") }
    guard let zero = node.optional(zeroPoint) else {
      (zeroPoints, isUnsigned) = ([0], true)
      return
    }
    guard case .integers(let integers) = zero else { throw .notConstant(tensor: node.inputName(zeroPoint)) }
    guard [.i8, .u8, .i32].contains(integers.dtype) else {
      throw .elementType(tensor: node.inputName(zeroPoint), type: integers.dtype.rawValue)
    }
    zeroPoints = integers.values
    isUnsigned = integers.dtype == .u8
    guard zeroPoints.count == 1 || zeroPoints.count == scales.count else {
      throw .quantization(
        tensor: node.inputName(zeroPoint), reason: "has \(zeroPoints.count) zero points for \(scales.count) scales")
    }
  }
}

extension Scaling {
  /// scale · (integer − zero point), with one of both for the tensor or one for each index of an axis.
  fileprivate func real(_ integers: IntegerTensor, axis: Int) -> [Float] {
    let inner = scales.count == 1 ? 1 : integers.shape[(axis + 1)...].reduce(1, *)
    return integers.values.enumerated().map { element, value in
      let channel = scales.count == 1 ? 0 : element / inner % scales.count
      return Float(value - zeroPoints[zeroPoints.count == 1 ? 0 : channel]) * scales[channel]
    }
  }
}

extension Builder {
  fileprivate mutating func quantized(
    _ x: Activation, _ scaling: Scaling, _ node: OperatorNode, label: String
  ) throws(NodeFault) -> Activation {
    guard scaling.scales.count == 1 else {
      throw .quantization(
        tensor: scaling.name, reason: "has \(scaling.scales.count) scales; an activation has one for the tensor")
    }
    let zero = scaling.zeroPoints[0] - (scaling.isUnsigned ? 128 : 0)
    let id = try append(Quantize(scale: scaling.scales[0], zeroPoint: zero), [x.id], label: label)
    return Activation(id: id, view: x.view)
  }

  fileprivate mutating func quantized(
    _ results: [ModelTensor], _ scaling: Scaling, _ node: OperatorNode
  ) throws(NodeFault) -> [ModelTensor] {
    guard case .value(let y)? = results.first else { throw .notConstant(tensor: node.label) }
    return [.value(try quantized(y, scaling, node, label: node.label))]
  }

  /// The real values of operand `index`.
  fileprivate mutating func dequantized(
    _ node: OperatorNode, _ index: Int, _ scaling: Scaling, axis: Int
  ) throws(NodeFault) -> ModelTensor {
    switch try node.input(index) {
    case .integers(let integers):
      return .constant(try quantizedConstant(integers, node, index, scaling, axis: axis))
    case .value(let activation):
      guard let own = graph.type(activation.id).activation else {
        throw .elementType(tensor: node.inputName(index), type: graph.type(activation.id).dtype.rawValue)
      }
      let zero = scaling.zeroPoints[0] - (scaling.isUnsigned ? 128 : 0)
      guard scaling.scales == [own.scale], zero == own.zeroPoint else {
        throw .quantization(
          tensor: scaling.name, reason: "is not the scale and zero point that '\(node.inputName(index))' was made with")
      }
      return .value(Activation(id: try append(Dequantize(), [activation.id]), view: activation.view))
    case .constant: throw .elementType(tensor: node.inputName(index), type: "float")
    }
  }

  /// Weights or a bias of the file: symmetric, one scale for all or one for each index of `axis`.
  private mutating func quantizedConstant(
    _ integers: IntegerTensor, _ node: OperatorNode, _ index: Int, _ scaling: Scaling, axis: Int
  ) throws(NodeFault) -> ConstantTensor {
    let name = node.inputName(index)
    guard [.i8, .u8, .i32].contains(integers.dtype) else {
      throw .elementType(tensor: name, type: integers.dtype.rawValue)
    }
    let perChannel = scaling.scales.count > 1
    let channels = axis < 0 ? axis + integers.shape.count : axis
    if perChannel, !integers.shape.indices.contains(channels) || integers.shape[channels] != scaling.scales.count {
      throw .quantization(
        tensor: scaling.name, reason: "has \(scaling.scales.count) scales for '\(name)' of shape \(integers.shape)")
    }
    let shift = integers.dtype == .u8 ? 128 : 0
    if let zero = scaling.zeroPoints.first(where: { $0 != shift }) {
      // A bias is added, never multiplied: its real values serve as well.
      guard integers.shape.count(where: { $0 != 1 }) <= 1, node.proto.isRounding("DequantizeLinear") else {
        throw .quantization(tensor: name, reason: "has the zero point \(zero); weights must be symmetric")
      }
      return ConstantTensor(name: node.label, shape: integers.shape, scaling.real(integers, axis: channels))
    }
    let q = Quantization(
      scales: scaling.scales, zeroPoints: Array(repeating: 0, count: scaling.scales.count),
      axis: perChannel ? channels : nil)
    // −128 is left out, so that two products fit 16 bits in every kernel.
    let isWide = integers.dtype == .i32
    let values = integers.values.map { isWide ? $0 : max($0 - shift, -127) }
    let dtype: DType = isWide ? .i32 : .i8
    let constant = IntegerTensor(shape: integers.shape, values: values, dtype: dtype).constant
    let tensor = ConstantTensor(
      name: name, source: Constant(TensorType(integers.shape, dtype, quantization: q), storage: constant.storage))
    let site = OperandSite(node: node.index, operand: index)
    note(ConstantOrigins.Integers(values: integers.constant, site: site), of: tensor)
    return tensor
  }
}

extension Builder {
  /// Applies the rule of an operator that only moves elements, to integers by way of their real values.
  mutating func moving(_ node: OperatorNode, _ rule: Rule) throws(NodeFault) -> [ModelTensor] {
    var scaling: (scale: Float, zeroPoint: Int)?
    var operands: [ModelTensor?] = []
    for (position, operand) in node.inputs.enumerated() {
      guard case .value(let x)? = operand, let own = graph.type(x.id).activation else {
        operands.append(operand)
        continue
      }
      if let scaling, scaling != own {
        throw .quantization(tensor: node.inputName(position), reason: "has another scale than the operands before it")
      }
      scaling = own
      operands.append(.value(Activation(id: try append(Dequantize(), [x.id]), view: x.view)))
    }
    guard let scaling else { return try rule.apply(node, &self) }
    let real = OperatorNode(proto: node.proto, index: node.index, model: node.model, inputs: operands)
    let quantize = Quantize(scale: scaling.scale, zeroPoint: scaling.zeroPoint)
    var results: [ModelTensor] = []
    for (position, result) in try rule.apply(real, &self).enumerated() {
      guard case .value(let y) = result else {
        results.append(result)
        continue
      }
      let label = position < node.proto.output.count ? node.proto.output[position] : ""
      results.append(.value(Activation(id: try append(quantize, [y.id], label: label), view: y.view)))
    }
    return results
  }
}
