import IR

// Operators whose result is known while importing.

/// Shape, or a part of it.
func shape(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let shape = try node.input(0).shape
  var cut = Cut([shape.count])
  cut.narrow(0, start: try node.int("start", default: 0), end: try node.int("end", default: shape.count), step: 1)
  return [.integers(IntegerTensor(Array(shape[cut.starts[0]..<(cut.starts[0] + cut.sizes[0])])))]
}

/// Size: how many elements.
func size(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let shape = try node.input(0).shape
  return [.integers(IntegerTensor(shape: [], values: [shape.reduce(1, *)]))]
}

/// Constant: one tensor, number or list among the attributes.
func constant(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  guard let value = node.proto.constantValue else {
    let name = node.proto.attribute.first?.name ?? ""
    throw .attributeKind(name: name.isEmpty ? "value" : name, expected: "numbers")
  }
  return [try node.tensor(value, "value")]
}

/// ConstantOfShape: one value repeated.
func constantOfShape(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let shape = try node.integers(0)
  guard let count = elementCount(shape) else { throw .values(tensor: node.inputName(0), shape) }
  var value = ModelTensor.constant(ConstantTensor(name: node.label, shape: [1], [0]))
  if let attribute = node.attribute("value") { value = try node.tensor(attribute.t, "value") }
  switch value {
  case .integers(let one) where one.values.count == 1 && count <= IntegerTensor.largest:
    return [
      .integers(IntegerTensor(shape: shape, values: Array(repeating: one.values[0], count: count), dtype: one.dtype))
    ]
  case .constant(let one) where one.view.count == 1:
    let storage = RepeatedFloat(one.floats[0], count: count)
    return [.constant(ConstantTensor(name: node.label, source: Constant(TensorType(shape), storage: storage)))]
  default: throw .size(shape: shape)
  }
}

/// Cast of known values, or of floats to floats.
func cast(_ node: OperatorNode, _ b: inout Builder) throws(NodeFault) -> [ModelTensor] {
  let x = try node.input(0)
  let code = try node.int("to", default: 0)
  guard let target = DType(onnx: code) else { throw .attribute(name: "to", value: elementName(code)) }
  switch (x, target) {
  case (.integers(let integers), .f32):
    return [.constant(ConstantTensor(name: node.label, shape: integers.shape, integers.values.map { Float($0) }))]
  case (.integers(let integers), _) where !target.isFloat:
    return [.integers(IntegerTensor(shape: integers.shape, values: integers.values, dtype: target))]
  case (_, .f32): return [x]
  case (.constant(let constant), _) where !target.isFloat:
    guard constant.view.count <= IntegerTensor.largest else { throw .size(shape: constant.view.shape) }
    var values: [Int] = []
    for (index, value) in constant.floats.enumerated() {
      if target == .bool {
        values.append(value == 0 ? 0 : 1)
      } else {
        guard let integer = Int(exactly: value.rounded(.towardZero)) else {
          throw .notFinite(tensor: node.inputName(0), index: index)
        }
        values.append(integer)
      }
    }
    return [.integers(IntegerTensor(shape: constant.view.shape, values: values, dtype: target))]
  default: throw .attribute(name: "to", value: elementName(code))
  }
}

extension ConstantTensor {
  init(name: String, shape: [Int], _ values: [Float]) {
    self.init(name: name, source: Constant(TensorType(shape), floats: values))
  }
}

/// One float repeated; takes memory only while it is read, however large a file says it is.
private final class RepeatedFloat: ConstantStorage {
  private let value: Float
  private let elements: Int

  init(_ value: Float, count: Int) {
    self.value = value
    elements = count
  }

  var count: Int { 4 * elements }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try [Float](repeating: value, count: elements).withUnsafeBytes(body)
  }
}
