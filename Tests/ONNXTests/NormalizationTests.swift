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

  @Test func oneThatCannotFoldScalesAndShiftsChannels() throws {
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
    let node = try #require(graph.nodes.first { $0.op is ChannelAffine })
    #expect(node.inputs[1...].map { graph[$0].name } == ["g", "b"])
    #expect(graph.constant(node.inputs[1])?.floats() == [4, 1.5])
    #expect(graph.constant(node.inputs[2])?.floats() == [-3.5, 0.5])
  }
}
