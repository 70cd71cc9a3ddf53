/// How an operator on integers is one on real values between DequantizeLinear and QuantizeLinear.
///
/// ONNX's QLinearConv and QLinearMatMul, and those of the domain com.microsoft that quantizers write beside them.
struct QuantizedForm: Hashable {
  /// Positions of an operand with its scale and zero point, and the axis along which weights have scales.
  struct Operand: Hashable {
    var value: Int
    var scale: Int
    var zeroPoint: Int
    var axis = 1
  }

  /// ONNX's operator on real values; it has the attributes of the other.
  let real: String
  let operands: [Operand]
  /// Position of an int32 bias in units of the product of the first two scales.
  let bias: Int?
  /// Positions of the scale and zero point of the result.
  let scale: Int
  let zeroPoint: Int

  init(_ real: String, _ operands: [Operand], bias: Int? = nil, result: Int) {
    (self.real, self.operands, self.bias) = (real, operands, bias)
    (scale, zeroPoint) = (result, result + 1)
  }

  /// The form of a node; nil where it is none of these operators.
  init?(_ node: Onnx_NodeProto) {
    guard let form = Self.form(node) else { return nil }
    self = form
  }

  private static func form(_ node: Onnx_NodeProto) -> QuantizedForm? {
    func pair(_ axis: Int) -> [Operand] { [operand(0), operand(3, axis)] }
    let one = [operand(0)]
    if node.isOperator("QLinearConv") { return QuantizedForm("Conv", pair(0), bias: 8, result: 6) }
    if node.isOperator("QLinearMatMul") { return QuantizedForm("MatMul", pair(1), result: 6) }
    guard node.domain == "com.microsoft" else { return nil }
    switch node.opType {
    case "QLinearAdd": return QuantizedForm("Add", pair(1), result: 6)
    case "QLinearMul": return QuantizedForm("Mul", pair(1), result: 6)
    case "QGemm":
      let isTransposed = node.attribute.contains { $0.name == "transB" && $0.i != 0 }
      return QuantizedForm("Gemm", pair(isTransposed ? 0 : 1), bias: 6, result: 7)
    case "QLinearGlobalAveragePool": return QuantizedForm("GlobalAveragePool", one, result: 3)
    case "QLinearAveragePool": return QuantizedForm("AveragePool", one, result: 3)
    case "QLinearLeakyRelu": return QuantizedForm("LeakyRelu", one, result: 3)
    case "QLinearSigmoid": return QuantizedForm("Sigmoid", one, result: 3)
    case "QLinearSoftmax": return QuantizedForm("Softmax", one, result: 3)
    case "QLinearConcat":
      let starts = stride(from: 2, to: node.input.count, by: 3)
      return QuantizedForm("Concat", starts.map { operand($0) }, result: 0)
    default: return nil
    }
  }

  private static func operand(_ value: Int, _ axis: Int = 1) -> Operand {
    Operand(value: value, scale: value + 1, zeroPoint: value + 2, axis: axis)
  }
}

extension Onnx_NodeProto {
  /// Whether it only moves or compares elements, so that it does with integers what it does with what they stand for.
  var movesElements: Bool {
    [
      "MaxPool", "GlobalMaxPool", "Concat", "Slice", "Split", "Gather", "Transpose", "Reshape", "Flatten", "Squeeze",
      "Unsqueeze", "Expand", "Identity", "Dropout",
    ].contains(where: isOperator)
  }

  /// QuantizeLinear or DequantizeLinear, also from the time when only com.microsoft had it for some types.
  func isRounding(_ name: String) -> Bool { isOperator(name) || domain == "com.microsoft" && opType == name }
}
