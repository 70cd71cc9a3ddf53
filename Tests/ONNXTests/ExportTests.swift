import Foundation
import IR
import Support
import SwiftProtobuf
import Testing

@testable import ONNX

@Suite
struct ExportTests {
  @Test func unfoldedFormWithoutChangesIsTheFile() throws {
    let maker = SmallModels.classifier()
    #expect(try maker.export(unfold: true) == maker.proto)
  }

  @Test func whatTrainingLeftAloneKeepsItsBits() throws {
    let maker = SmallModels.classifier()
    let model = try maker.model()
    var unchanged: [ExportTensor] = []
    for fold in try model.batchNormFolds() {
      let weight = try #require(try model.initializer(fold.weight)).floats()
      let bias = try fold.bias.map { try #require(try model.initializer($0)).floats() }
      unchanged.append(ExportTensor(name: fold.weight, shape: [], values: fold.fold(weight: weight)))
      unchanged.append(ExportTensor(name: fold.foldedBiasName, shape: [], values: fold.fold(bias: bias)))
    }
    #expect(unchanged.count == 6)
    #expect(try maker.export(unchanged, unfold: true) == maker.proto)
  }

  @Test func foldedFormHasNoNormalizationsAndNothingUnused() throws {
    var maker = SmallModels.classifier()
    maker.weight("nobody reads this", [3])
    maker.node("Constant", [], "nor this", [.tensor("value", .floats("", [1], [1]))])
    maker.proto.graph.valueInfo = [.info("a", [-1, 4, 4, 4]), .info("b", [-1, 4, 4, 4])]
    let proto = try maker.export()
    #expect(
      proto.operators == ["Conv", "Relu", "Conv", "Conv", "GlobalAveragePool", "Flatten", "Gemm"])
    #expect(
      proto.initializers.sorted()
        == ["dw", "dw_bias", "fc", "fc_bias", "pw", "pw.bias", "stem", "stem.bias"])
    #expect(proto.graph.node[0].input == ["x", "stem", "stem.bias"])
    #expect(proto.graph.node[0].output == ["b"])
    #expect(proto.graph.valueInfo.map(\.name) == ["b"])
  }

  @Test func everythingElseOfTheFileStays() throws {
    var maker = SmallModels.classifier()
    maker.proto.producerVersion = "1.2"
    maker.proto.domain = "plants"
    maker.proto.modelVersion = 7
    maker.proto.docString = "a model"
    maker.proto.graph.docString = "a graph"
    maker.proto.graph.node[0].docString = "a node"
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = ("labels", "oak,ash")
    maker.proto.metadataProps = [entry]
    maker.proto.graph.node[2].metadataProps = [entry]
    var other = Onnx_OperatorSetIdProto()
    (other.domain, other.version) = ("plants", 3)
    maker.proto.opsetImport.append(other)
    var exported = try maker.export(trained(maker.model(), besides: ["fc", "fc_bias"]))
    #expect(exported.graph.node[0].docString == "a node")
    #expect(exported.graph.node[1] == maker.proto.graph.node[2])
    #expect(exported.graph.docString == "a graph")
    #expect(exported.graph.input == maker.proto.graph.input)
    #expect(exported.graph.output == maker.proto.graph.output)
    exported.graph = maker.proto.graph
    #expect(exported == maker.proto)
  }

  @Test func trainedValuesComeBackWhenTheFileIsImported() throws {
    let maker = SmallModels.classifier()
    let tensors = try trained(maker.model(), besides: ["fc", "fc_bias"])
    let folded = try maker.export(tensors)
    for tensor in tensors { #expect(try folded.values(tensor.name) == tensor.values) }

    let unfolded = try ONNXModel(bytes: maker.exported(tensors, unfold: true), path: "").imported()
    let again = try ONNXModel(bytes: maker.exported(tensors), path: "").imported()
    for id in again.graph.ids {
      guard let constant = again.graph.constant(id) else { continue }
      let name = again.graph[id].name
      let other = try #require(unfolded.graph.value(named: name).flatMap(unfolded.graph.constant), "\(name)")
      let (a, b) = (constant.floats(), other.floats())
      let largest = a.map(abs).max() ?? 0
      for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-6 * largest, "\(name)") }
    }
  }

  @Test func unfoldingChangesWeightsAndShiftsAlone() throws {
    let maker = SmallModels.classifier()
    let proto = try maker.export(trained(maker.model()), unfold: true)
    #expect(proto.graph.node == maker.proto.graph.node)
    let changed = zip(proto.graph.initializer, maker.proto.graph.initializer).filter { $0 != $1 }.map(\.0.name)
    #expect(changed == ["stem", "b.beta", "dw", "e.beta", "pw", "g.beta"])
  }

  @Test func aScaleOfZeroKeepsItsWeights() throws {
    var maker = SmallModels.normalized(2, 3)
    maker[initializer: "y.gamma"] = .floats("y.gamma", [3], [1, 0, 2])
    let model = try maker.model()
    let w = try #require(try model.initializer("w")).floats()
    // Channel 1 stays zero, as its folded weights are; its bias is trained all the same.
    var tensors = try trained(model)
    tensors[0].values[2] = 0
    tensors[0].values[3] = 0
    let proto = try maker.export(tensors, unfold: true)
    #expect(try proto.values("w")[2...3] == w[2...3])
    #expect(try proto.values("y.beta")[1] == tensors["b"][1])
    try #expect(maker.export(tensors).values("w") == tensors["w"])

    tensors[0].values[3] = 0.5
    #expect(throws: ExportError.notUnfoldable(tensor: "w", channels: [1])) { try maker.exported(tensors, unfold: true) }
    maker[initializer: "y.gamma"] = .floats("y.gamma", [3], [1, 1e-38, 2])
    tensors[0].values[3] = 50
    #expect(throws: ExportError.notUnfoldable(tensor: "w", channels: [1])) { try maker.exported(tensors, unfold: true) }
  }

  @Test(.enabled(if: Command.python != nil))
  func aShiftThatSeveralReadBecomesSeveral() throws {
    var maker = SmallModels.normalized(3, 3)
    maker.weight("v", [3, 3, 1, 1])
    maker.node("Conv", ["y", "v"], "u")
    maker.node("BatchNormalization", ["u", "y.gamma", "y.beta", "y.mean", "y.variance"], "t")
    maker.output("t", [1, 3, 1, 1])
    let tensors = try trained(maker.model())
    let proto = try maker.export(tensors, unfold: true)
    let operands = proto.graph.node.filter { $0.opType == "BatchNormalization" }.map { $0.input[2] }
    #expect(operands == ["y.beta.2", "y.beta.3"])
    #expect(!proto.initializers.contains("y.beta"))
    try expectEqual([(maker.exported(tensors), proto.serializedBytes())])

    let first = try maker.export(Array(tensors[...1]), unfold: true)
    #expect(first.graph.node.last?.input[2] == "y.beta")
    #expect(try first.values("y.beta") == maker.proto.values("y.beta"))
  }

  @Test func scaleAndShiftOfANormalizationGoBack() throws {
    var maker = SmallModels.normalized(3, 4)
    maker.output("z", [1, 4, 1, 1])
    let trained = [
      ExportTensor(name: "y.gamma", shape: [4], values: [0.5, 2, -1, 0]),
      ExportTensor(name: "y.beta", shape: [4], values: [1, -1, 0.25, 0]),
    ]
    for tensors in [trained, [trained[0]], [trained[1]]] {
      let before = try maker.model().imported().graph
      let after = try ONNXModel(bytes: maker.exported(tensors), path: "").imported().graph
      for name in ["y.gamma", "y.beta"] {
        let old = try #require(before.value(named: name).flatMap(before.constant)).floats()
        let wanted = tensors.first { $0.name == name }?.values ?? old
        let found = try #require(after.value(named: name).flatMap(after.constant)).floats()
        for (x, y) in zip(found, wanted) { #expect(abs(x - y) <= 1e-6) }
      }
    }
    #expect(try maker.export() == maker.proto)
  }

  @Test func normalizationsThatWereKeptAreWrittenAsTheyAre() throws {
    let maker = SmallModels.normalized(3, 2)
    var options = ExportOptions()
    options.keepBatchNorm = true
    let tensors = ["y.gamma", "y.beta", "y.mean", "y.variance", "w", "b"].map {
      ExportTensor(name: $0, shape: [], values: [Float](repeating: 2, count: $0 == "w" ? 6 : 2))
    }
    let bytes = try maker.model().exported(tensors, options)
    let proto = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(proto.graph.node == maker.proto.graph.node)
    for tensor in tensors { #expect(try proto.values(tensor.name) == tensor.values) }
  }
}
