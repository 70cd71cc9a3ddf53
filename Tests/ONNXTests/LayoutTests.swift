import IR
import Operators
import Testing

@testable import ONNX

/// Where bytes move: pictures stay NHWC from the input to the last layer.
@Suite struct LayoutTests {
  /// Transposes, paddings and sums that remain of each composed network; an output picture needs one Transpose.
  static let remaining: [String: (transposes: Int, pads: Int, adds: Int)] = [
    "attention": (0, 0, 0), "channel_shuffle": (2, 0, 0), "channels_last_input": (0, 0, 0), "computed_shape": (1, 0, 0),
    "concatenated": (1, 0, 1), "dense_layers": (0, 0, 1), "flattened_picture": (1, 0, 0), "gelu_in_parts": (1, 0, 0),
    "normalized": (1, 0, 0),
    "padding_that_wins": (1, 1, 0), "paddings_in_front": (1, 0, 0), "row_mean": (0, 0, 0), "rows": (1, 0, 0),
    "shared_weight": (3, 0, 0), "squeeze_excite": (1, 0, 0), "tokens": (0, 0, 1),
  ]

  @Test(.enabled(if: BackendCase.folder != nil))
  func bytesMoveOnlyWhereTheyMust() throws {
    let cases = try BackendCase.all("composed")
    #expect(Set(cases.map(\.name)) == Set(Self.remaining.keys))
    for test in cases {
      let nodes = try ONNXModel(path: test.model).imported().graph.nodes
      let expected = try #require(Self.remaining[test.name])
      #expect(nodes.count { $0.op is Transpose } == expected.transposes, "\(test.name)")
      #expect(nodes.count { $0.op is Pad } == expected.pads, "\(test.name)")
      #expect(nodes.count { $0.op is Add } == expected.adds, "\(test.name)")
    }
  }

  @Test func aClassifierHasOneViewAndNoTranspose() throws {
    let graph = try SmallModels.classifier().imported().graph
    let names = graph.nodes.map { type(of: $0.op).name }
    #expect(names == ["conv", "relu", "depthwise_conv", "conv", "reduce", "conv", "reshape"])
    #expect(graph.outputs.map(\.name) == ["y"])
    #expect(graph.type(graph.outputs[0].value).shape == [1, 5])
  }

  @Test func picturesComeChannelsLast() throws {
    let input = try #require(try SmallModels.classifier().imported().inputs.first)
    #expect(input.shape == [1, 3, 8, 8])
    #expect(input.layout == TensorLayout(shape: [1, 3, 8, 8], permutation: [0, 2, 3, 1]))
  }

  @Test func anInputThatTheModelTransposesIsTakenAsItIs() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 5, 4, 3])
    maker.output("y", [1, 2, 5, 4])
    maker.node("Sigmoid", ["x"], "s")
    maker.node("Transpose", ["s"], "t", [.ints("perm", [0, 3, 1, 2])])
    maker.weight("w", [2, 3, 1, 1])
    maker.node("Conv", ["t", "w"], "y")
    let model = try maker.imported()
    #expect(model.inputs[0].layout.permutation == [0, 1, 2, 3])
    #expect(model.graph.nodes.map { type(of: $0.op).name } == ["sigmoid", "conv", "transpose"])
  }

  @Test func layoutsTellWhereWeightsStandInTheFile() throws {
    let layouts = try SmallModels.classifier().imported().layouts
    #expect(layouts["stem"] == TensorLayout(shape: [4, 3, 3, 3], permutation: [0, 2, 3, 1]))
    #expect(layouts["dw"] == TensorLayout(shape: [4, 1, 3, 3], permutation: [1, 2, 3, 0]))
    #expect(layouts["fc"] == TensorLayout(shape: [5, 6], permutation: [0, 1]))
    #expect(layouts["pw.bias"] == TensorLayout(shape: [6], permutation: [0]))
    #expect(Set(layouts.keys) == ["stem", "stem.bias", "dw", "dw_bias", "pw", "pw.bias", "fc", "fc_bias"])
  }

  @Test func aMatrixOfMatMulIsTransposedIntoTheLayer() throws {
    var maker = ModelMaker()
    maker.input("x", [2, 3])
    maker.output("y", [2, 4])
    maker.weight("w", [3, 4], (0..<12).map(Float.init))
    maker.weight("b", [4])
    maker.node("MatMul", ["x", "w"], "p")
    maker.node("Add", ["p", "b"], "y")
    let model = try maker.imported()
    #expect(model.layouts["w"] == TensorLayout(shape: [3, 4], permutation: [1, 0]))
    let weight = try #require(model.graph.value(named: "w"))
    #expect(model.graph.type(weight).shape == [4, 1, 1, 3])
    #expect(model.graph.constant(weight)?.floats() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(model.graph.nodes.compactMap { ($0.op as? Conv)?.hasBias } == [true])
  }

  @Test func aWeightReadTwiceIsOneConstant() throws {
    var maker = ModelMaker()
    maker.input("x", [2, 3])
    maker.output("y", [2, 3])
    maker.weight("w", [3, 3])
    maker.node("MatMul", ["x", "w"], "p")
    maker.node("Gemm", ["p", "w"], "q", [.int("transB", 1)])
    maker.node("Mul", ["q", "w1"], "y")
    maker.weight("w1", [1, 3])
    let graph = try maker.imported().graph
    #expect(graph.values.count { $0.name == "w" } == 1)
    #expect(graph.nodes.count { $0.op is Transpose } == 1)
  }
}

extension ModelMaker {
  func imported(_ change: (inout ImportOptions) -> Void = { _ in }) throws -> ImportedModel {
    var options = ImportOptions()
    change(&options)
    return try model().imported(options)
  }
}
