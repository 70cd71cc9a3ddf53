import Foundation
import IR

/// A node of the model with what is known of its operands.
struct OperatorNode {
  let proto: Onnx_NodeProto
  let index: Int
  let model: ONNXModel
  let inputs: [ModelTensor?]

  /// Name of the first result, which the operation has in the graph.
  var label: String { proto.output.first ?? "" }

  func inputName(_ index: Int) -> String { index < proto.input.count ? proto.input[index] : "" }

  func optional(_ index: Int) -> ModelTensor? { index < inputs.count ? inputs[index] : nil }

  func input(_ index: Int) throws(NodeFault) -> ModelTensor {
    guard let tensor = optional(index) else { throw .operandMissing(index: index) }
    return tensor
  }

  /// Known floats, or nil where the operand is left out.
  func optionalConstant(_ index: Int) throws(NodeFault) -> ConstantTensor? {
    guard let tensor = optional(index) else { return nil }
    switch tensor {
    case .constant(let constant): return constant
    case .integers: throw .elementType(tensor: inputName(index), type: "integer")
    case .value: throw .notConstant(tensor: inputName(index))
    }
  }

  func constant(_ index: Int) throws(NodeFault) -> ConstantTensor {
    guard let constant = try optionalConstant(index) else { throw .operandMissing(index: index) }
    return constant
  }

  /// Known integers, or nil where the operand is left out.
  func optionalIntegers(_ index: Int) throws(NodeFault) -> [Int]? {
    guard let tensor = optional(index) else { return nil }
    switch tensor {
    case .integers(let integers): return integers.values
    case .constant: throw .elementType(tensor: inputName(index), type: "float")
    case .value: throw .notConstant(tensor: inputName(index))
    }
  }

  func integers(_ index: Int) throws(NodeFault) -> [Int] {
    guard let values = try optionalIntegers(index) else { throw .operandMissing(index: index) }
    return values
  }

  /// One known float.
  func optionalScalar(_ index: Int) throws(NodeFault) -> Float? {
    guard let constant = try optionalConstant(index) else { return nil }
    guard let value = constant.scalar else { throw .shapes([constant.view.shape]) }
    return value
  }

  /// Refuses results beyond the first that somebody names.
  func expectOneOutput() throws(NodeFault) {
    for (index, name) in proto.output.enumerated().dropFirst() where !name.isEmpty { throw .output(index: index) }
  }
}

// MARK: Attributes

extension OperatorNode {
  func attribute(_ name: String) -> Onnx_AttributeProto? { proto.attribute.first { $0.name == name } }

  func optionalInt(_ name: String) throws(NodeFault) -> Int? {
    guard let attribute = attribute(name) else { return nil }
    guard attribute.type == .int else { throw .attributeKind(name: name, expected: "an integer") }
    return Int(attribute.i)
  }

  func int(_ name: String, default value: Int) throws(NodeFault) -> Int { try optionalInt(name) ?? value }

  func bool(_ name: String, default value: Bool) throws(NodeFault) -> Bool {
    try optionalInt(name).map { $0 != 0 } ?? value
  }

  func optionalInts(_ name: String) throws(NodeFault) -> [Int]? {
    guard let attribute = attribute(name) else { return nil }
    guard attribute.type == .ints else { throw .attributeKind(name: name, expected: "a list of integers") }
    return attribute.ints.map { Int($0) }
  }

  /// A list of `count` integers that lie within `range`.
  func ints(
    _ name: String, count: Int, in range: ClosedRange<Int>, default value: Int
  ) throws(NodeFault) -> [Int] {
    guard let values = try optionalInts(name) else { return Array(repeating: value, count: count) }
    guard values.count == count, values.allSatisfy(range.contains) else {
      throw .attribute(name: name, value: "\(values)")
    }
    return values
  }

  func float(_ name: String, default value: Double) throws(NodeFault) -> Double {
    guard let attribute = attribute(name) else { return value }
    guard attribute.type == .float else { throw .attributeKind(name: name, expected: "a number") }
    guard attribute.f.isFinite else { throw .attribute(name: name, value: "\(attribute.f)") }
    // The shortest decimal fraction that is this float: 0.01, not 0.0099999998.
    return Double("\(attribute.f)") ?? Double(attribute.f)
  }

  func string(_ name: String, default value: String) throws(NodeFault) -> String {
    guard let attribute = attribute(name) else { return value }
    guard attribute.type == .string else { throw .attributeKind(name: name, expected: "a string") }
    return String(decoding: attribute.s, as: UTF8.self)
  }

  /// A tensor among the attributes, under the name of the node's result.
  func tensor(_ message: Onnx_TensorProto, _ name: String) throws(NodeFault) -> ModelTensor {
    let constant: Constant
    do { constant = try model.decode(message) } catch { throw .tensor(name: name, error) }
    return try ModelTensor(constant, name: label)
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int, name: String) throws(NodeFault) -> Int {
    guard axis >= -rank, axis < rank else { throw .attribute(name: name, value: "\(axis)") }
    return axis < 0 ? axis + rank : axis
  }
}
