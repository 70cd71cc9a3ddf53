import IR
import Samples
import Testing

@testable import ONNX

/// Files that were exported in training mode are read as in inference, or refused with the reason.
@Suite struct TrainingModeTests {
  /// A convolution, its normalization and a Dropout, in training mode or not.
  private func network(_ isTraining: Bool, opset: Int64 = 17) -> ModelMaker {
    var maker = ModelMaker(opset: opset)
    maker.input("x", [1, 2, 3, 3])
    maker.output("y", [1, 4, 3, 3])
    maker.weight("w", [4, 2, 1, 1])
    maker.node("Conv", ["x", "w"], "a")
    maker.batchNorm("a", "b", channels: 4)
    if isTraining {
      maker.proto.graph.node[1].output +=
        opset < 14 ? ["mean", "variance", "saved", "deviation"] : ["mean", "variance"]
      if opset >= 14 { maker.proto.graph.node[1].attribute.append(.int("training_mode", 1)) }
    }
    maker.weight("ratio", [], [0.5])
    maker.integers("training", [], [isTraining ? 1 : 0], type: 9)
    maker.node("Dropout", ["b", "ratio", "training"], "y")
    maker.proto.graph.node[2].output.append("mask")
    return maker
  }

  @Test(arguments: [12, 13, 14, 17] as [Int64]) func trainingIsReadAsInference(opset: Int64) throws {
    let input = NumPyArray([1, 2, 3, 3], floats: (0..<18).map { Float($0) / 9 - 1 })
    let model = try network(true, opset: opset).model()
    #expect(model.trainingNodes == ["b node", "y node"])
    let got = try #require(try model.imported().outputs(["x": input])["y"])
    let wanted = try #require(try network(false).model().imported().outputs(["x": input])["y"])
    #expect(got.values == wanted.values)
    // The normalization folds as always, and neither form needs training any more.
    #expect(try network(true, opset: opset).export().operators == ["Conv", "Dropout"])
  }

  @Test func filesForInferenceAreLeftAlone() throws {
    #expect(try network(false).model().trainingNodes.isEmpty)
  }

  @Test(arguments: ["mean", "mask"]) func whatOnlyTrainingGivesIsRefused(result: String) throws {
    var maker = network(true)
    maker.output(result, [4])
    #expect {
      try maker.model().imported()
    } throws: { error in
      guard case .nodes(let problems)? = error as? ImportError else { return false }
      return problems.map(\.fault) == [.training]
    }
  }
}
