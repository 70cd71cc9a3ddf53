import Foundation
import IR
import Support
import Testing

@testable import ONNX

/// What training might have made of a network: every weight and bias of the folded network, moved.
func trained(_ model: ONNXModel, besides names: [String] = []) throws -> [ExportTensor] {
  func values(_ name: String) throws -> [Float] {
    try #require(try model.known(name, GraphIndex(model.proto.graph))).constant.floats()
  }
  func tensor(_ name: String, _ values: [Float]) -> ExportTensor {
    ExportTensor(name: name, shape: [values.count], values: values.map { $0 * 1.125 + 0.03 })
  }
  var result: [ExportTensor] = []
  for fold in try model.batchNormFolds() {
    result.append(tensor(fold.weight, fold.fold(weight: try values(fold.weight))))
    result.append(tensor(fold.foldedBiasName, fold.fold(bias: try fold.bias.map(values))))
  }
  return result + (try names.map { tensor($0, try values($0)) })
}

extension [ExportTensor] {
  subscript(name: String) -> [Float] { first { $0.name == name }!.values }
}

extension ModelMaker {
  func exported(
    _ tensors: [ExportTensor] = [], head: ExportHead? = nil, unfold: Bool = false
  ) throws -> [UInt8] {
    var options = ExportOptions()
    options.unfold = unfold
    return try model().exported(tensors, head: head, options)
  }

  /// The message of an exported model.
  func export(
    _ tensors: [ExportTensor] = [], head: ExportHead? = nil, unfold: Bool = false
  ) throws -> Onnx_ModelProto {
    try Onnx_ModelProto(serializedBytes: exported(tensors, head: head, unfold: unfold))
  }
}

extension Onnx_ModelProto {
  /// The floats of an initializer.
  func values(_ name: String) throws -> [Float] {
    try #require(try ONNXModel(bytes: serializedBytes(), path: "").initializer(name)).floats()
  }

  var initializers: [String] { graph.initializer.map(\.name) }
  var operators: [String] { graph.node.map(\.opType) }
  func operands(_ op: String) -> [String]? { graph.node.first { $0.opType == op }?.input }
}

/// The checker takes both models of each pair, and ONNX Runtime computes the same with them.
func expectEqual(
  _ pairs: [([UInt8], [UInt8])], rtol: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let python = try #require(Command.python)
  let folder = try ScratchFolder()
  var paths: [String] = []
  for (index, bytes) in pairs.flatMap({ [$0, $1] }).enumerated() {
    paths.append(folder.file("\(index).onnx"))
    try Data(bytes).write(to: URL(filePath: paths[index]))
  }
  let script = URL(filePath: #filePath).appending(path: "../../Oracle/compare_models.py").standardized.path
  let result = try python.run([script] + paths + ["--rtol", "\(rtol)"])
  #expect(result.status == 0, "\(result.output)\(result.errors)", sourceLocation: sourceLocation)
}
