import Foundation
import IR
import Support
import SwiftProtobuf
import Testing

@testable import ONNX

/// Where weights can stand in a file, and what export makes of it.
@Suite
struct ExportStorageTests {
  /// The small classifier with its weights in typed fields, Constant nodes or a file beside it.
  private func variants(in folder: ScratchFolder) throws -> [(name: String, model: ONNXModel)] {
    let raw = SmallModels.classifier()
    var typed = raw
    for index in typed.proto.graph.initializer.indices {
      typed.proto.graph.initializer[index].floatData = try raw.proto.values(raw.proto.graph.initializer[index].name)
      typed.proto.graph.initializer[index].clearRawData()
    }
    var constants = raw
    constants.proto.graph.initializer = []
    for tensor in raw.proto.graph.initializer {
      constants.node("Constant", [], tensor.name, [.tensor("value", tensor)])
    }
    constants.proto.graph.node = constants.proto.graph.node.sorted {
      $0.opType == "Constant" && $1.opType != "Constant"
    }

    var external = raw
    var outside: [UInt8] = []
    for index in external.proto.graph.initializer.indices {
      let bytes = external.proto.graph.initializer[index].rawData
      external.proto.graph.initializer[index].clearRawData()
      external.proto.graph.initializer[index].dataLocation = .external
      external.proto.graph.initializer[index].externalData = [
        ("location", "weights"), ("offset", "\(outside.count)"), ("length", "\(bytes.count)"),
      ].map {
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = $0
        return entry
      }
      outside += bytes
    }
    try Data(outside).write(to: URL(filePath: folder.file("weights")))
    return try [("raw", raw), ("typed", typed), ("Constant", constants), ("external", external)].map {
      ($0.0, try $0.1.model(path: folder.file("m.onnx")))
    }
  }

  @Test func allFormsTakeNewValues() throws {
    let folder = try ScratchFolder()
    for (name, model) in try variants(in: folder) {
      let tensors = try trained(model, besides: ["fc", "fc_bias"])
      let bytes = try model.exported(tensors)
      let again = try ONNXModel(bytes: bytes, path: "elsewhere.onnx")
      let index = GraphIndex(again.proto.graph)
      for tensor in tensors {
        let known = try #require(try again.known(tensor.name, index), "\(name) \(tensor.name)")
        #expect(known.constant.floats() == tensor.values, "\(name) \(tensor.name)")
      }
    }
  }

  @Test func weightsBesideTheFileMoveIn() throws {
    let folder = try ScratchFolder()
    let external = try #require(try variants(in: folder).last).model
    var options = ExportOptions()
    options.unfold = true
    let proto = try Onnx_ModelProto(serializedBytes: external.exported([], options))
    #expect(proto == SmallModels.classifier().proto)
  }

  @Test func untrainedWeightsKeepTheirForm() throws {
    let folder = try ScratchFolder()
    var options = ExportOptions()
    options.unfold = true
    for (name, model) in try variants(in: folder) where name == "typed" || name == "Constant" {
      let proto = try Onnx_ModelProto(serializedBytes: model.exported([], options))
      #expect(proto == model.proto, "\(name)")
    }
  }

  @Test(.enabled(if: Command.python != nil))
  func predictionsStay() throws {
    let folder = try ScratchFolder()
    let original = try SmallModels.classifier().bytes()
    var pairs: [([UInt8], [UInt8])] = []
    for (_, model) in try variants(in: folder) {
      pairs.append((original, try model.exported([])))
      var options = ExportOptions()
      options.unfold = true
      pairs.append((original, try model.exported([], options)))
      let tensors = try trained(model, besides: ["fc", "fc_bias"])
      pairs.append((try model.exported(tensors), try model.exported(tensors, options)))
    }
    try expectEqual(pairs)
  }

  @Test(.enabled(if: Command.python != nil))
  func trainedValuesDecideThePredictions() throws {
    let maker = SmallModels.classifier()
    let tensors = try trained(maker.model(), besides: ["fc", "fc_bias"])
    var folded = ModelMaker()
    folded.input("x", [-1, 3, 8, 8])
    folded.output("y", [-1, 5])
    for (name, shape) in [("stem", [4, 3, 3, 3]), ("dw", [4, 1, 3, 3]), ("pw", [6, 4, 1, 1]), ("fc", [5, 6])] {
      folded.weight(name, shape, tensors[name])
    }
    for name in ["stem.bias", "dw_bias", "pw.bias", "fc_bias"] {
      folded.weight(name, [tensors[name].count], tensors[name])
    }
    folded.node("Conv", ["x", "stem", "stem.bias"], "a", [.ints("pads", [1, 1, 1, 1]), .ints("strides", [2, 2])])
    folded.node("Relu", ["a"], "b")
    folded.node("Conv", ["b", "dw", "dw_bias"], "c", [.ints("pads", [1, 1, 1, 1]), .int("group", 4)])
    folded.node("Conv", ["c", "pw", "pw.bias"], "d")
    folded.node("GlobalAveragePool", ["d"], "e")
    folded.node("Flatten", ["e"], "f")
    folded.node("Gemm", ["f", "fc", "fc_bias"], "y", [.int("transB", 1)])
    let expected = try folded.bytes()
    try expectEqual([(expected, maker.exported(tensors)), (expected, maker.exported(tensors, unfold: true))])
  }

  @Test func initializersAreInputsInOldFiles() throws {
    var maker = SmallModels.normalized(2, 3)
    maker.proto.irVersion = 3
    for tensor in maker.proto.graph.initializer {
      maker.proto.graph.input.append(.info(tensor.name, tensor.dims.map { Int($0) }))
    }
    maker.proto.graph.node[0].input.removeLast()
    let proto = try maker.export()
    #expect(proto.graph.input.map(\.name) == ["x", "w", "w.bias"])
    #expect(proto.graph.input[2].sizes == [3])
  }

  @Test func whatOneFileCannotHoldIsRefused() throws {
    // A file with a hole: it says that it has 2 GiB, and takes none.
    let folder = try ScratchFolder()
    let count = 1 << 29
    #expect(FileManager.default.createFile(atPath: folder.file("hole"), contents: nil))
    #expect(truncate(folder.file("hole"), 4 * count) == 0)
    var maker = ModelMaker()
    maker.input("x", [1])
    maker.output("y", [count])
    var tensor = Onnx_TensorProto()
    tensor.name = "w"
    tensor.dataType = 1
    tensor.dims = [Int64(count)]
    tensor.dataLocation = .external
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = ("location", "hole")
    tensor.externalData = [entry]
    maker.proto.graph.initializer = [tensor]
    maker.node("Add", ["x", "w"], "y")
    let model = try maker.model(path: folder.file("m.onnx"))
    #expect(throws: ExportError.tooLarge(bytes: 4 * count)) { try model.exported([]) }
  }
}
