import Foundation
import IR
import Samples
import Support
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite
struct ModelFileTests {
  @Test func weightsStayInTheFile() throws {
    let folder = try ScratchFolder()
    let bytes = try SmallModels.classifier().bytes()
    try Foundation.Data(bytes).write(to: URL(filePath: folder.file("m.onnx")))
    let model = try ONNXModel(path: folder.file("m.onnx"))
    #expect(model.proto.graph.initializer.allSatisfy { !$0.hasRawData })
    let weight = try #require(try model.initializer("dw"))
    #expect(weight.storage is FileBytes)
    #expect(weight.type == TensorType(4, 1, 3, 3))
    let expected = SmallModels.classifier()[initializer: "dw"].rawData
    #expect(Array(bytes[weight.offset..<(weight.offset + expected.count)]) == Array(expected))
    #expect(weight.bytes() == Array(expected))
    #expect(try model.initializer("c") == nil)
    #expect(model.opset == 17)
  }

  @Test func everythingButTheWeightsIsDecoded() throws {
    var expected = SmallModels.classifier().proto
    for index in expected.graph.initializer.indices { expected.graph.initializer[index].clearRawData() }
    #expect(try SmallModels.classifier().model().proto == expected)
  }

  @Test func typedFieldsAreRead() throws {
    var maker = SmallModels.classifier()
    func tensor(_ name: String, _ type: Int32 = 1, _ fill: (inout Onnx_TensorProto) -> Void) {
      var tensor = Onnx_TensorProto()
      tensor.name = name
      tensor.dataType = type
      tensor.dims = [2]
      fill(&tensor)
      maker.proto.graph.initializer.append(tensor)
    }
    tensor("f32") { $0.floatData = [1.5, -2] }
    tensor("u8", 2) { $0.int32Data = [1, 255] }
    tensor("i8", 3) { $0.int32Data = [1, -1] }
    tensor("i16", 5) { $0.int32Data = [1, -2] }
    tensor("i32", 6) { $0.int32Data = [1, -3] }
    tensor("i64", 7) { $0.int64Data = [1, -4] }
    tensor("bool", 9) { $0.int32Data = [0, 1] }
    tensor("f64", 11) { $0.doubleData = [0.5, 4] }
    let model = try maker.model()
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    let expected: [(String, DType, [UInt8])] = [
      ("f32", .f32, bytes([Float(1.5), -2])), ("u8", .u8, [1, 255]), ("i8", .i8, [1, 255]),
      ("i16", .i16, bytes([Int16(1), -2])), ("i32", .i32, bytes([Int32(1), -3])), ("i64", .i64, bytes([Int64(1), -4])),
      ("bool", .bool, [0, 1]), ("f64", .f64, bytes([0.5, 4])),
    ]
    for (name, dtype, values) in expected {
      let constant = try #require(try model.initializer(name))
      #expect(constant.type == TensorType([2], dtype))
      #expect(constant.bytes() == values, "\(name)")
    }
  }

  @Test func constantsAreFoundBehindIdentityAndConstantNodes() throws {
    var maker = ModelMaker()
    maker.output("d", [2])
    maker.weight("w", [2], [1, 2])
    maker.node("Identity", ["w"], "a")
    maker.node("Identity", ["a"], "b")
    maker.node("Constant", [], "c", [.tensor("value", .floats("ignored", [2], [3, 4]))])
    maker.node("Add", ["b", "c"], "d")
    // A circle, which no loop may follow for ever.
    maker.node("Identity", ["f"], "e")
    maker.node("Identity", ["e"], "f")
    let model = try maker.model()
    let index = GraphIndex(model.proto.graph)
    let weight = try #require(try model.known("b", index))
    #expect(weight.name == "w")
    #expect(weight.constant.floats() == [1, 2])
    #expect(weight.isReadOnce)
    #expect(try model.known("c", index)?.constant.floats() == [3, 4])
    #expect(try model.known("d", index) == nil)
    #expect(try model.known("e", index) == nil)
  }

  @Test func notFiniteWeightsAreNamed() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      var maker = SmallModels.classifier()
      maker[initializer: "fc_bias"] = .floats("fc_bias", [5], [0, 1, 2, value, value])
      let model = try maker.model(path: "m.onnx")
      #expect(throws: ImportError.tensor(path: "m.onnx", name: "fc_bias", .notFinite(index: 3))) {
        try model.initializer("fc_bias")
      }
    }
  }

  @Test func tensorsThatContradictThemselvesAreRefused() throws {
    func fault(_ change: (inout Onnx_TensorProto) -> Void) throws -> TensorFault? {
      var maker = SmallModels.classifier()
      change(&maker[initializer: "fc_bias"])
      let model = try maker.model()
      do { _ = try model.initializer("fc_bias") } catch {
        if case .tensor(_, "fc_bias", let fault) = error { return fault }
      }
      return nil
    }
    #expect(try fault { $0.dims = [6] } == .byteCount(expected: 24, found: 20))
    #expect(try fault { $0.dims = [-5] } == .shape([-5]))
    #expect(try fault { $0.dims = [.max, .max] } == .shape([.max, .max]))
    #expect(try fault { $0.dims = [1 << 32, 1 << 32] } == .shape([1 << 32, 1 << 32]))
    #expect(try fault { $0.dataType = 10 } == .elementType(10))
    #expect(try fault { $0.clearRawData() } == .byteCount(expected: 20, found: 0))
    #expect(try fault { $0.dataType = 8 } == .elementType(8))
  }

  @Test func otherOpsetsAreRefused() throws {
    for opset in [0, 10, 26, -1] {
      var maker = SmallModels.classifier()
      maker.proto.opsetImport[0].version = Int64(opset)
      #expect(throws: ImportError.opset(path: "m.onnx", found: opset)) { try maker.model(path: "m.onnx") }
    }
    var maker = SmallModels.classifier()
    maker.proto.opsetImport[0].domain = "ai.onnx.ml"
    #expect(throws: ImportError.opset(path: "m.onnx", found: 0)) { try maker.model(path: "m.onnx") }
  }

  @Test func twoInitializersOfOneNameAreRefused() throws {
    var maker = SmallModels.classifier()
    maker.weight("fc", [5, 6])
    #expect(throws: ImportError.tensor(path: "m.onnx", name: "fc", .duplicate)) { try maker.model(path: "m.onnx") }
  }

  @Test func missingAndUnreadableFilesAreTold() throws {
    let folder = try ScratchFolder()
    #expect(throws: ImportError.notFound(path: folder.file("no.onnx"))) { try ONNXModel(path: folder.file("no.onnx")) }
    #expect(throws: ImportError.cannotRead(path: folder.path, cause: EISDIR)) { try ONNXModel(path: folder.path) }
    try Foundation.Data().write(to: URL(filePath: folder.file("empty.onnx")))
    #expect(throws: ImportError.truncated(path: folder.file("empty.onnx"), bytes: 0, needed: 1)) {
      try ONNXModel(path: folder.file("empty.onnx"))
    }
  }
}
