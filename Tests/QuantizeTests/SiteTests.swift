import Quantize
import Testing

@testable import ONNX

/// What of a network becomes integers.
struct SiteTests {
  private func sites(_ maker: ModelMaker) throws -> QuantizationSites {
    let model = try ONNXModel(bytes: maker.model().exported([]), path: "m.onnx")
    return try model.quantizationSites(Set(model.tensorNames))
  }

  @Test func activationFunctionsJoinTheRoundingBehindThem() throws {
    let names = try sites(Networks.residual()).activations.map(\.name)
    #expect(names == ["x", "c", "e", "f", "g", "h", "j", "k", "l", "o"])
  }

  @Test func valuesThatOnlyMoveKeepTheirScale() throws {
    let sites = try sites(Networks.residual())
    let follows = sites.activations.filter { $0.follows != nil }
    #expect(follows.map(\.name) == ["h", "l"] && follows.map(\.follows) == ["g", "k"])
  }

  @Test func theClassifierIsNoLayer() throws {
    let layers = try sites(Networks.residual()).layers
    #expect(layers.map(\.weight) == ["stem", "dw", "pw", "last", "dense"])
    #expect(layers.map(\.ownBias) == ["stem.bias", "dw_bias", nil, "last_bias", "dense_bias"])
    #expect(layers.map(\.output) == ["b", "d", "f", "i", "n"])
  }

  @Test func channelsCanBeRescaledWhereOneLayerReadsTheOther() throws {
    let sites = try sites(Networks.residual())
    // The stem's result is read by the residual addition too.
    #expect(sites.pairs.map(\.activation) == ["e"] && sites.pairs.map(\.upperBound) == [nil])
    #expect(try self.sites(Networks.residual("Clip")).pairs.map(\.upperBound) == [6])
    #expect(try self.sites(Networks.residual("Sigmoid")).pairs.isEmpty)
  }

  @Test func weightsThatTwoLayersReadStayFloat() throws {
    var maker = Networks.residual()
    let node = try #require(maker.proto.graph.node.firstIndex { $0.input.contains("pw") })
    maker.proto.graph.node[node].input = ["e", "shared"]
    maker.weight("shared", [6, 6, 1, 1])
    maker.node("Conv", ["e", "shared"], "unread")
    let sites = try sites(maker)
    #expect(!sites.layers.map(\.weight).contains("shared"))
    #expect(sites.floatLayers.map(\.node) == ["f node", "unread node"])
    #expect(sites.floatLayers[0].reason == "has the weight shared, which is read more than once")
  }

  /// Whatever order the file has its nodes in: the last layer in front of each result is a classifier.
  @Test(arguments: [false, true]) func classifiersStandInFrontOfResults(isFirst: Bool) throws {
    var maker = Networks.residual()
    maker.weight("aux", [4, 6, 1, 1])
    maker.node("Conv", ["e", "aux"], "z")
    maker.output("z", [-1, 4, 8, 8])
    let node = maker.proto.graph.node.removeLast()
    let place = try #require(maker.proto.graph.node.firstIndex { $0.output == ["e"] }) + 1
    maker.proto.graph.node.insert(node, at: isFirst ? place : maker.proto.graph.node.count)
    #expect(try sites(maker).layers.map(\.weight) == ["stem", "dw", "pw", "last", "dense"])
    #expect(try sites(maker).activations.map(\.name) == ["x", "c", "e", "f", "g", "h", "j", "k", "l", "o"])
  }

  /// A result on the way to another keeps its layer in integers, unless it is the first, which training takes.
  @Test(arguments: [false, true]) func resultsOnTheWayToOthers(isFirst: Bool) throws {
    var maker = Networks.residual()
    maker.proto.graph.output.insert(.info("j", [-1, 8, 2, 2]), at: isFirst ? 0 : 1)
    let layers = try sites(maker).layers.map(\.weight)
    #expect(layers == ["stem", "dw", "pw"] + (isFirst ? [] : ["last"]) + ["dense"])
  }

  /// Gemm with factors, and with biases of other forms, has a plain form.
  @Test(arguments: ["alpha", "beta", "row", "one", "none"]) func gemmIsALayer(form: String) throws {
    var maker = ModelMaker()
    maker.input("x", [1, 4])
    maker.output("y", [1, 2])
    maker.weight("w", [4, 3], (0..<12).map { Float($0) - 5 })
    let shapes = ["row": [1, 3], "one": [1]]
    maker.weight("b", shapes[form] ?? [3], form == "one" ? [2] : [1, 2, 3])
    let factors: [String: Onnx_AttributeProto] = [
      "alpha": .float("alpha", 0.5), "beta": .float("beta", 2), "none": .float("beta", 0),
    ]
    maker.node("Gemm", ["x", "w", "b"], "h", factors[form].map { [$0] } ?? [])
    maker.weight("fc", [3, 2])
    maker.node("Gemm", ["h", "fc"], "y", [.float("alpha", 3)])
    let model = try maker.model()
    let values = Set(model.tensorNames)
    #expect(try model.quantizationSites(values).layers.isEmpty)
    let plain = try #require(try model.withPlainLayers(values))
    let layers = try plain.quantizationSites(values).layers
    #expect(layers.map(\.weight) == ["w"])
    #expect(layers[0].weights == (0..<12).map { (Float($0) - 5) * (form == "alpha" ? 0.5 : 1) })
    let biases: [String: [Float]] = ["alpha": [1, 2, 3], "beta": [2, 4, 6], "row": [1, 2, 3], "one": [2, 2, 2]]
    #expect(layers[0].bias == biases[form])
    // The classifier stays what it is in the file.
    #expect(plain.proto.graph.node[1] == model.proto.graph.node[1])
    #expect(try plain.withPlainLayers(values) == nil)
  }

  @Test func whatHasNoPlainFormStaysAsItIs() throws {
    var maker = ModelMaker()
    maker.input("x", [4, 4])
    maker.output("y", [4, 4])
    maker.weight("w", [4, 4])
    maker.weight("v", [4, 4])
    maker.weight("u", [4, 4])
    maker.node("Gemm", ["x", "w"], "a", [.float("alpha", 2)])
    maker.node("Gemm", ["a", "w"], "b", [.float("alpha", 2)])
    maker.node("Gemm", ["b", "v", "a"], "c", [.float("beta", 2)])
    maker.node("MatMul", ["u", "c"], "d")
    maker.weight("fc", [4, 4])
    maker.node("MatMul", ["d", "fc"], "y")
    let model = try maker.model()
    let values = Set(model.tensorNames)
    #expect(try model.withPlainLayers(values) == nil)
    let floats = try model.quantizationSites(values).floatLayers
    #expect(floats.map(\.node) == ["a node", "b node", "c node", "d node"])
    #expect(floats[2].reason.contains("v") && floats[3].reason == "has its matrix on the left")
  }
}
