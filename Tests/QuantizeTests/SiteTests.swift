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
    #expect(try !sites(maker).layers.map(\.weight).contains("shared"))
  }
}
