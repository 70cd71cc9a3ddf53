import IR
import Testing

@testable import ONNX

@Suite
struct BatchNormFoldTests {
  @Test func foldedConvolutionComputesTheSame() throws {
    let (inputs, outputs) = (7, 5)
    let maker = SmallModels.normalized(inputs, outputs)
    let model = try maker.model()
    let fold = try #require(try model.batchNormFolds().first)
    func doubles(_ name: String) throws -> [Double] {
      try #require(try model.initializer(name)).floats().map(Double.init)
    }
    let (w, b) = (try doubles("w"), try doubles("b"))
    let (gamma, beta) = (try doubles("y.gamma"), try doubles("y.beta"))
    let (mean, variance) = (try doubles("y.mean"), try doubles("y.variance"))
    let weight = fold.fold(weight: w.map { Float($0) })
    let bias = fold.fold(bias: b.map { Float($0) })

    var generator = SeededGenerator(seed: 1)
    let x = (0..<inputs).map { _ in Double(generator.uniform(1)) }
    for o in 0..<outputs {
      let row = (0..<inputs).map { o * inputs + $0 }
      let z = zip(row, x).reduce(b[o]) { $0 + w[$1.0] * $1.1 }
      let expected = (z - mean[o]) / (variance[o] + Double(Float(1e-3))).squareRoot() * gamma[o] + beta[o]
      let found = zip(row, x).reduce(Double(bias[o])) { $0 + Double(weight[$1.0]) * $1.1 }
      #expect(abs(found - expected) < 1e-6)
    }
  }

  @Test func unfoldingGivesBackWhatWasFolded() throws {
    let model = try SmallModels.normalized(16, 9).model()
    let fold = try #require(try model.batchNormFolds().first)
    let weight = try #require(try model.initializer("w")).floats()
    let bias = try #require(try model.initializer("b")).floats()
    let shift = try #require(try model.initializer("y.beta")).floats()
    // Values that training has moved, so that nothing can be remembered.
    let trainedWeight = fold.fold(weight: weight).map { $0 * 1.25 + 0.01 }
    let trainedBias = fold.fold(bias: bias).map { $0 * 0.75 - 0.01 }
    let unfolded = fold.unfold(weight: trainedWeight, original: weight)
    for (again, value) in zip(fold.fold(weight: unfolded), trainedWeight) {
      #expect(abs(again - value) <= 1e-6 * abs(value))
    }
    let beta = fold.unfoldedShift(of: trainedBias, bias: bias, original: shift)
    for channel in beta.indices {
      let rest = (Double(bias[channel]) - fold.means[channel]) * fold.scales[channel]
      #expect(abs(Double(beta[channel]) + rest - Double(trainedBias[channel])) < 1e-6)
    }
  }

  @Test func valuesThatTrainingLeftAloneUnfoldToTheirBits() throws {
    let model = try SmallModels.normalized(16, 9).model()
    let fold = try #require(try model.batchNormFolds().first)
    let weight = try #require(try model.initializer("w")).floats()
    let bias = try #require(try model.initializer("b")).floats()
    let shift = try #require(try model.initializer("y.beta")).floats()
    #expect(fold.unfold(weight: fold.fold(weight: weight), original: weight) == weight)
    #expect(fold.unfoldedShift(of: fold.fold(bias: bias), bias: bias, original: shift) == shift)
  }

  @Test func namesAreThoseOfTheFile() throws {
    let folds = try SmallModels.classifier().model().batchNormFolds()
    #expect(folds.map(\.weight) == ["stem", "dw", "pw"])
    #expect(folds.map(\.foldedBiasName) == ["stem.bias", "dw_bias", "pw.bias"])
    #expect(folds.map(\.beta) == ["b.beta", "e.beta", "g.beta"])
    #expect(folds.map(\.output) == ["b", "e", "g"])
  }

  @Test func constantNodesAndIdentitiesFoldToo() throws {
    var maker = SmallModels.normalized(2, 3)
    maker.proto.graph.node.removeAll()
    maker.node("Constant", [], "constant", [.tensor("value", .floats("", [3, 2, 1, 1], [1, 2, 3, 4, 5, 6]))])
    maker.node("Identity", ["constant"], "alias")
    maker.node("Identity", ["y.variance"], "variance")
    maker.node("Conv", ["x", "alias"], "z")
    maker.node("BatchNormalization", ["z", "y.gamma", "y.beta", "y.mean", "variance"], "y")
    let fold = try #require(try maker.model().batchNormFolds().first)
    #expect(fold.weight == "constant")
    #expect(fold.foldedBiasName == "constant.bias")
  }

  @Test func aBiasThatOthersReadStays() throws {
    var maker = SmallModels.normalized(2, 3)
    maker.output("b", [3])
    #expect(try maker.model().batchNormFolds().map(\.foldedBiasName) == ["w.bias"])
    maker.weight("w.bias", [1])
    #expect(try maker.model().batchNormFolds().map(\.foldedBiasName) == ["w.bias.2"])
  }

  @Test func whatOthersNeedDoesNotFold() throws {
    func folds(_ change: (inout ModelMaker) -> Void) throws -> Int {
      var maker = SmallModels.normalized(2, 3)
      change(&maker)
      return try maker.model().batchNormFolds().count
    }
    #expect(try folds { _ in } == 1)
    #expect(try folds { $0.output("z", [1, 3, 1, 1]) } == 0)
    #expect(try folds { $0.node("Relu", ["z"], "other") } == 0)
    #expect(try folds { $0.node("Relu", ["w"], "other") } == 0)
    #expect(try folds { $0.proto.graph.node[1].attribute.append(.int("training_mode", 1)) } == 1)
    #expect(
      try folds {
        $0.proto.graph.node[1].attribute.append(.int("training_mode", 1))
        $0.proto.graph.node[1].output += ["mean"]
        $0.output("mean", [3])
      } == 0)
    #expect(try folds { $0.proto.graph.node[1].input[4] = "x" } == 0)
    #expect(try folds { $0.proto.graph.node[0].input[1] = "x" } == 0)
    #expect(try folds { $0.proto.graph.node[0].domain = "other" } == 0)
    #expect(try folds { $0[initializer: "y.variance"] = .floats("y.variance", [3], [-1, 1, 1]) } == 0)
    #expect(try folds { $0[initializer: "y.mean"] = .floats("y.mean", [2], [1, 1]) } == 0)
  }
}
