import Foundation
import IR
import SwiftProtobuf

@testable import ONNX

/// Builds small ONNX models message by message.
struct ModelMaker {
  var proto = Onnx_ModelProto()
  private var generator = SeededGenerator(seed: 7)

  init(opset: Int64 = 17) {
    proto.irVersion = 8
    proto.producerName = "maker"
    proto.graph.name = "graph"
    var version = Onnx_OperatorSetIdProto()
    version.version = opset
    proto.opsetImport = [version]
  }

  /// The whole model as a file holds it.
  func bytes() throws -> [UInt8] { try proto.serializedBytes() }

  func model(path: String = "memory.onnx") throws -> ONNXModel { try ONNXModel(bytes: bytes(), path: path) }

  mutating func input(_ name: String, _ shape: [Int]) { proto.graph.input.append(.info(name, shape)) }

  mutating func output(_ name: String, _ shape: [Int]) { proto.graph.output.append(.info(name, shape)) }

  /// An initializer in `raw_data`.
  mutating func weight(_ name: String, _ shape: [Int], _ values: [Float]) {
    proto.graph.initializer.append(.floats(name, shape, values))
  }

  /// An initializer with values between `low` and `high`.
  mutating func weight(_ name: String, _ shape: [Int], from low: Float = -1, to high: Float = 1) {
    let values = (0..<shape.reduce(1, *)).map { _ in
      low + (high - low) * (generator.uniform(1) + 1) / 2
    }
    weight(name, shape, values)
  }

  mutating func integers(_ name: String, _ values: [Int64]) {
    proto.graph.initializer.append(.integers(name, values))
  }

  /// An initializer of an element type of 8 bits, such as int8 (3), or of int32 (6).
  mutating func integers(_ name: String, _ shape: [Int], _ values: [Int], type: Int32 = 3) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = type
    tensor.dims = shape.map(Int64.init)
    let width = type == 6 ? 4 : 1
    tensor.rawData = Data(values.flatMap { value in (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
    proto.graph.initializer.append(tensor)
  }

  /// Appends a node that computes `output` and is called as it, with " node" behind.
  mutating func node(
    _ op: String, _ inputs: [String], _ output: String, _ attributes: [Onnx_AttributeProto] = []
  ) {
    var node = Onnx_NodeProto()
    node.opType = op
    node.name = output + " node"
    node.input = inputs
    node.output = [output]
    node.attribute = attributes
    proto.graph.node.append(node)
  }

  /// A BatchNormalization of `channels` with parameters `<output>.gamma`, `.beta`, `.mean`, `.variance`.
  mutating func batchNorm(_ input: String, _ output: String, channels: Int) {
    weight(output + ".gamma", [channels], from: 0.5, to: 1.5)
    weight(output + ".beta", [channels])
    weight(output + ".mean", [channels])
    weight(output + ".variance", [channels], from: 0.25, to: 2)
    let parameters = ["gamma", "beta", "mean", "variance"].map { "\(output).\($0)" }
    node("BatchNormalization", [input] + parameters, output, [.float("epsilon", 1e-3)])
  }

  /// The initializer of this name.
  subscript(initializer name: String) -> Onnx_TensorProto {
    get { proto.graph.initializer.first { $0.name == name }! }
    set { proto.graph.initializer[proto.graph.initializer.firstIndex { $0.name == name }!] = newValue }
  }
}

extension Onnx_ValueInfoProto {
  /// A float tensor; −1 stands for a batch of unknown size.
  static func info(_ name: String, _ shape: [Int]) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = 1
    info.type.tensorType.shape.dim = shape.map { size in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if size < 0 { dimension.dimParam = "batch" } else { dimension.dimValue = Int64(size) }
      return dimension
    }
    return info
  }

  var sizes: [Int] {
    type.tensorType.shape.dim.map { $0.value == nil ? 0 : $0.dimParam.isEmpty ? Int($0.dimValue) : -1 }
  }
}

extension Onnx_TensorProto {
  static func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = 1
    tensor.dims = shape.map(Int64.init)
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    return tensor
  }

  static func integers(_ name: String, _ values: [Int64]) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = 7
    tensor.dims = [Int64(values.count)]
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    return tensor
  }
}

extension Onnx_AttributeProto {
  private init(_ name: String, _ type: AttributeType) {
    self.init()
    self.name = name
    self.type = type
  }

  static func int(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto(name, .int)
    attribute.i = value
    return attribute
  }

  static func ints(_ name: String, _ values: [Int64]) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto(name, .ints)
    attribute.ints = values
    return attribute
  }

  static func float(_ name: String, _ value: Float) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto(name, .float)
    attribute.f = value
    return attribute
  }

  static func tensor(_ name: String, _ value: Onnx_TensorProto) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto(name, .tensor)
    attribute.t = value
    return attribute
  }
}
