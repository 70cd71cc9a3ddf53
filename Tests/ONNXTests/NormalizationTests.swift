import IR
import Operators
import Testing

@testable import ONNX

@Suite struct NormalizationTests {
  @Test func foldedNormalizationsNameTheirBiasesAndOperations() throws {
    let graph = try SmallModels.classifier().imported().graph
    let layers = graph.nodes.filter { $0.op is Conv || $0.op is DepthwiseConv }
    #expect(layers.map { graph[$0.inputs[1]].name } == ["stem", "dw", "pw", "fc"])
    #expect(layers.map { graph[$0.inputs[2]].name } == ["stem.bias", "dw_bias", "pw.bias", "fc_bias"])
    #expect(layers.map { graph[$0.output].name } == ["b", "e", "g", "y"])
  }

  @Test func keptNormalizationsHaveTheNamesOfTheFile() throws {
    let graph = try SmallModels.classifier().imported { $0.keepBatchNorm = true }.graph
    let kept = graph.nodes.filter { $0.op is BatchNormInference }
    #expect(kept.count == 3)
    #expect(kept[0].inputs[1...].map { graph[$0].name } == ["b.gamma", "b.beta", "b.mean", "b.variance"])
    #expect((kept[0].op as? BatchNormInference)?.value == 1e-3)
    #expect(graph.value(named: "stem.bias") == nil)
  }

  @Test func oneThatCannotFoldHasTheParametersOfTheFile() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 3, 3])
    maker.output("y", [1, 2, 3, 3])
    maker.node("Relu", ["x"], "r")
    maker.weight("g", [2], [2, 3])
    maker.weight("b", [2], [0.5, -1])
    maker.weight("m", [2], [1, -1])
    maker.weight("v", [2], [0.25, 4])
    maker.node("BatchNormalization", ["r", "g", "b", "m", "v"], "y", [.float("epsilon", 0)])
    let graph = try maker.imported().graph
    let node = try #require(graph.nodes.first { $0.op is FixedBatchNorm })
    #expect(node.inputs[1...].map { graph[$0].name } == ["g", "b", "m", "v"])
    #expect(node.inputs[1...].map { graph.constant($0)!.floats() } == [[2, 3], [0.5, -1], [1, -1], [0.25, 4]])
  }

  /// In front of a convolution and behind one, whether the normalization is kept or not.
  @Test(arguments: [(-1, 1e-3), (-1e-6, 1e-3), (0, 0)] as [(Float, Float)])
  func variancesThatAreNoneAreRefused(value: Float, epsilon: Float) throws {
    for keeps in [false, true] {
      var maker = SmallModels.classifier()
      maker[initializer: "e.variance"] = .floats("e.variance", [4], [1, value, 1, 1])
      let index = try #require(maker.proto.graph.node.firstIndex { $0.output == ["e"] })
      maker.proto.graph.node[index].attribute = [.float("epsilon", epsilon)]
      for isFolded in [true, false] {
        if !isFolded { maker.proto.graph.node[index - 1].output = ["unread"] }
        if !isFolded { maker.proto.graph.node[index].input[0] = "c" }
        let error = #expect(throws: ImportError.self) { try maker.imported { $0.keepBatchNorm = keeps } }
        guard case .nodes(let problems)? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(problems.map(\.fault) == [.variance(tensor: "e.variance", index: 1, value: value)])
      }
    }
  }

  @Test func factorsThatAreNoNumbersAreRefused() throws {
    var maker = SmallModels.classifier()
    let last = maker.proto.graph.node.count - 1
    maker.proto.graph.node[last].attribute.append(.float("alpha", .nan))
    #expect(throws: ImportError.self) { try maker.imported() }
  }

  /// Exporters write tensors of equal values once: the scale of a fresh network is its variance, too.
  @Test func parametersThatAreOneTensorAreTrainedApart() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 2, 3, 3])
    maker.output("z", [1, 2, 3, 3])
    maker.weight("ones", [2], [1, 1])
    maker.weight("zeros", [2], [0, 0])
    maker.node("Relu", ["x"], "r")
    maker.node("BatchNormalization", ["r", "ones", "zeros", "zeros", "ones"], "y")
    maker.node("BatchNormalization", ["y", "ones", "zeros", "zeros", "ones"], "z")
    let imported = try maker.imported()
    let norms = imported.graph.nodes.filter { $0.op is FixedBatchNorm }
    #expect(Set(norms.flatMap { $0.inputs[1...] }).count == 8)
    #expect(norms.map { imported.graph[$0.inputs[1]].name } == ["ones", "ones.3"])
    #expect(imported.readers["ones.3"] == TensorReader(result: "z", operand: 1))
    #expect(imported.copies.count == 8)

    let trained: [String: [Float]] = ["ones.3": [2, 3], "zeros.3": [4, 5]]
    let tensors = trained.map { name, values in
      ExportTensor(name: name, shape: [2], values: values, reader: imported.readers[name])
    }
    let exported = try maker.export(tensors)
    let (first, second) = (exported.graph.node[1].input, exported.graph.node[2].input)
    #expect(Array(first[1...]) == ["ones", "zeros", "zeros", "ones"])
    #expect(Array(second[3...]) == ["zeros", "ones"])
    #expect(try exported.values(second[1]) == [2, 3] && exported.values(second[2]) == [4, 5])
    #expect(try exported.values("ones") == [1, 1] && exported.values("zeros") == [0, 0])
  }
}
