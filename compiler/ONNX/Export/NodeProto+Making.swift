import Foundation

extension Onnx_NodeProto {
  /// A node that is called as its result.
  init(_ op: String, _ inputs: [String], _ output: String) {
    self.init()
    name = output
    opType = op
    input = inputs
    self.output = [output]
  }
}

extension Onnx_AttributeProto {
  static func integer(_ name: String, _ value: Int) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  static func integers(_ name: String, _ values: [Int]) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map { Int64($0) }
    return attribute
  }

  static func text(_ name: String, _ value: String) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.type = .string
    attribute.s = Data(value.utf8)
    return attribute
  }
}
