import IR
import Samples
import Support
import Testing

@testable import ONNX

/// What is trained of a model, and what is said of the rest.
struct UntrainedTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private func names(_ result: CommandResult, _ key: String) throws -> [String] {
    try #require(result.json[key] as? [[String: Any]]).compactMap { $0["name"] as? String }
  }

  private func dense(_ change: (inout ModelMaker) -> Void) throws {
    var maker = ModelMaker()
    maker.input("x", [1, 6])
    maker.weight("w", [6, 5])
    maker.weight("b", [5])
    maker.weight("v", [5, 3])
    maker.weight("c", [3])
    maker.node("Gemm", ["x", "w", "b"], "h")
    change(&maker)
    try scratch.writeModel("m.onnx", maker)
  }

  private func compile(_ options: String...) throws -> CommandResult {
    try Command.espalier.run(
      ["compile", "--mode", "f32", "m.onnx", "-o", "p.plan", "--json"] + options, in: scratch.path)
  }

  private func floats(_ file: String, _ name: String) throws -> [Float] {
    try #require(scratch.arrays(file)[name], "\(name)").floats()
  }

  @Test func whatNoPolicyTrainsIsListed() throws {
    try dense { maker in
      maker.weight("gate", [5], from: 0.5, to: 1.5)
      maker.weight("amount", [1], [0.5])
      maker.node("Mul", ["h", "gate"], "g")
      maker.node("Mul", ["g", "amount"], "s")
      maker.node("Gemm", ["s", "v", "c"], "y")
      maker.output("y", [1, 3])
    }
    let compiled = try compile()
    #expect(try compiled.status == 0 && names(compiled, "untrained") == ["amount", "gate"])
    #expect(try names(compiled, "trained_tensors").sorted() == ["b", "c", "v", "w"])
    #expect(compiled.errors.contains("gate is not trained") && compiled.errors.contains("amount is not trained"))
    let checked = try scratch.espalier("check", "m.onnx", "--json")
    #expect(try checked.status == 0 && names(checked, "untrained") == ["amount", "gate"])
    #expect(try scratch.espalier("check", "m.onnx").output.contains("gate is an operand of g (mul)"))
    #expect(try names(scratch.espalier("inspect", "p.plan", "--json"), "untrained") == ["amount", "gate"])

    let policy = #"{"policy": 1, "default": "frozen", "layers": [{"match": "gate", "train": "full"}]}"#
    try scratch.write("policy.json", Array(policy.utf8))
    let refused = try compile("--policy", "policy.json")
    #expect(refused.status == 65 && refused.errors.contains("gate") && refused.errors.contains("next: "))
  }

  @Test func aModelWithWeightsAloneListsNothing() throws {
    try scratch.writeModel("m.onnx", SmallModels.deep())
    let compiled = try compile()
    #expect(try compiled.status == 0 && names(compiled, "untrained").isEmpty)
  }

  /// What a normalization is multiplied into is said, in one line for all, and of its own tensors that they are a part.
  @Test func whatFoldingMakesIsSaid() throws {
    try scratch.writeModel()
    let parameters = ["b.beta", "b.gamma", "e.beta", "e.gamma", "g.beta", "g.gamma"]
    let compiled = try compile()
    #expect(try compiled.status == 0 && names(compiled, "untrained") == parameters)
    #expect(compiled.errors.contains("b.beta, b.gamma and 4 more are not trained: each is part of a convolution"))
    #expect(compiled.errors.contains("trained is the convolution's with its normalization multiplied in"))
    let checked = try scratch.espalier("check", "m.onnx", "--json")
    #expect(try names(checked, "untrained") == parameters)
    #expect(try names(checked, "stand_ins") == ["dw", "dw_bias", "pw", "pw.bias", "stem", "stem.bias"])
    let text = try scratch.espalier("check", "m.onnx").output
    #expect(text.contains("b.beta, b.gamma and 4 more: each is part of a convolution with its normalization"))
    #expect(text.contains("dw, dw_bias and 4 more: the convolution's with its normalization multiplied in"))
  }

  /// What the file computes before its input is known is trained as it comes out, and what it is computed of is named.
  @Test func whatIsComputedIntoOthersIsListed() throws {
    try dense { maker in
      maker.weight("base", [5, 4])
      maker.weight("down", [5, 2])
      maker.weight("up", [2, 4])
      maker.weight("scale", [], [0.5])
      maker.weight("factor", [1, 4])
      maker.weight("gate", [1, 4])
      maker.node("MatMul", ["down", "up"], "product")
      maker.node("Mul", ["product", "scale"], "scaled")
      maker.node("Add", ["base", "scaled"], "sum")
      maker.node("Mul", ["gate", "factor"], "gates")
      maker.node("MatMul", ["h", "sum"], "s")
      maker.node("Mul", ["s", "gates"], "t")
      maker.weight("last", [4, 3])
      maker.node("Gemm", ["t", "last", "c"], "y", [.float("beta", 0)])
      maker.output("y", [1, 3])
    }
    let compiled = try compile()
    #expect(compiled.status == 0, "\(compiled.errors)")
    #expect(try names(compiled, "trained_tensors").sorted() == ["b", "last", "sum", "w"])
    let untrained = ["base", "c", "down", "factor", "gate", "scale", "up"]
    #expect(try names(compiled, "untrained") == untrained)
    #expect(compiled.errors.contains("each is computed into sum, which is trained in its place"))
    #expect(compiled.errors.contains("each is computed into gates, which is an operand of t (mul)"))
    #expect(compiled.errors.contains("c is not trained: it takes no part in node y"))
    #expect(try names(scratch.espalier("check", "m.onnx", "--json"), "untrained") == untrained)
    #expect(try names(scratch.espalier("inspect", "p.plan", "--json"), "untrained") == untrained)
  }

  @Test func whatIsSplitIsListedOnce() throws {
    try dense { maker in
      maker.weight("joined", [5, 8])
      maker.node("Split", ["joined"], "left", [.int("axis", 1)])
      maker.proto.graph.node[maker.proto.graph.node.count - 1].output = ["left", "right"]
      maker.node("MatMul", ["h", "left"], "p")
      maker.node("MatMul", ["h", "right"], "q")
      maker.node("Mul", ["p", "q"], "r")
      maker.weight("last", [4, 3])
      maker.node("MatMul", ["r", "last"], "y")
      maker.output("y", [1, 3])
    }
    let compiled = try compile()
    #expect(try names(compiled, "trained_tensors").sorted() == ["b", "last", "left", "right", "w"])
    #expect(try names(compiled, "untrained") == ["joined"])
    #expect(compiled.errors.contains("it is computed into left, right, which are trained in its place"))
  }

  /// A tensor that is a part of something else as well is trained without it, which is said.
  @Test func partsOfATensorsUsesAreCopies() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 3, 4, 4])
    maker.output("y", [1, 4])
    maker.weight("w", [4, 3, 1, 1])
    maker.weight("v", [4, 4, 1, 1])
    maker.weight("b", [4])
    maker.node("Conv", ["x", "w", "b"], "c")
    maker.batchNorm("c", "d", channels: 4)
    maker.node("Relu", ["d"], "e")
    maker.node("Conv", ["e", "v", "b"], "f")
    maker.node("GlobalAveragePool", ["f"], "g")
    maker.node("Flatten", ["g"], "h")
    maker.weight("fc", [4, 4])
    maker.weight("half", [1], [0.5])
    maker.node("Mul", ["fc", "half"], "i")
    maker.node("MatMul", ["h", "fc"], "j")
    maker.node("MatMul", ["j", "i"], "y")
    try scratch.writeModel("m.onnx", maker)
    let compiled = try compile()
    #expect(compiled.status == 0, "\(compiled.errors)")
    let tensors = try #require(compiled.json["trained_tensors"] as? [[String: Any]])
    let meanings = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0["name"] as? String ?? "", $0["stands_for"] as? String ?? "") })
    #expect(meanings.keys.sorted() == ["b", "fc", "i", "v", "w", "w.bias"])
    for name in ["b", "fc"] { #expect(meanings[name]?.hasPrefix("a copy for one operation") == true, "\(name)") }
    for name in ["i", "v"] { #expect(meanings[name] == "", "\(name)") }
    #expect(try names(compiled, "untrained") == ["d.beta", "d.gamma", "half"])
  }

  @Test func whatOtherResultsAreComputedOfIsListed() throws {
    try dense { maker in
      maker.node("Gemm", ["h", "v", "c"], "y")
      maker.weight("aux", [5, 2])
      maker.node("MatMul", ["h", "aux"], "z")
      maker.output("y", [1, 3])
      maker.output("z", [1, 2])
    }
    #expect(try names(compile(), "untrained") == ["aux"])
    #expect(try names(compile("--output", "z"), "untrained") == ["c", "v"])
    let checked = try scratch.espalier("check", "m.onnx").output
    #expect(checked.contains("aux is not on the way to y, the result that is trained"))
  }

  /// A weight that a Reshape makes of a matrix is, for everybody who asks, that matrix.
  @Test func gradientsHaveTheShapeOfTheFile() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 3, 6, 6])
    maker.output("y", [1, 3])
    maker.weight("p", [3, 27], from: -0.3, to: 0.3)
    maker.integers("shape", [3, 3, 3, 3])
    maker.node("Reshape", ["p", "shape"], "w")
    maker.node("Conv", ["x", "w"], "c")
    maker.node("GlobalAveragePool", ["c"], "g")
    maker.node("Flatten", ["g"], "y")
    try scratch.writeModel("m.onnx", maker)
    try scratch.writeRandomSamples("d.npz", [3, 6, 6], classes: 3)
    let compiled = try compile("--batch", "1")
    #expect(compiled.status == 0, "\(compiled.errors)")
    let tensors = try #require(compiled.json["trained_tensors"] as? [[String: Any]])
    #expect(tensors.count == 1 && tensors[0]["name"] as? String == "p" && tensors[0]["shape"] as? [Int] == [3, 27])
    #expect(try scratch.espalier("gradients", "p.plan", "--data", "d.npz", "-o", "g.npz", "-q").status == 0)
    let gradient = try #require(scratch.arrays("g.npz")["grad/p"])
    #expect(gradient.shape == [3, 27])
    // Of a moved element the loss changes by its gradient.
    let values = try #require(try maker.model().initializer("p")).floats()
    let losses = try [Float(0.02), -0.02].map { step in
      var moved = maker
      var changed = values
      changed[33] += step
      moved[initializer: "p"] = .floats("p", [3, 27], changed)
      try scratch.writeModel("n.onnx", moved)
      #expect(try scratch.espalier("compile", "--mode", "f32", "n.onnx", "-o", "n.plan", "-q").status == 0)
      #expect(try scratch.espalier("gradients", "n.plan", "--data", "d.npz", "-o", "n.npz", "-q").status == 0)
      return Double(try floats("n.npz", "loss")[0])
    }
    let expected = (losses[0] - losses[1]) / 0.04
    #expect(abs(Double(gradient.floats()[33]) - expected) < 2e-3 && expected != 0)
  }

  /// What training makes of a sample cannot depend on its place in the batch: check and compile say so alike.
  @Test func constantsWithARowForEachSampleAreRefused() throws {
    func write(_ rows: Int, equal: Bool = false) throws {
      var maker = ModelMaker()
      maker.input("x", [8, 6])
      maker.output("y", [8, 3])
      maker.weight("w", [6, 8])
      maker.weight("rows", [rows, 8], (0..<(8 * rows)).map { Float(equal ? $0 % 8 : $0) / 100 })
      maker.weight("v", [8, 3])
      maker.node("Gemm", ["x", "w", "rows"], "h")
      maker.node("MatMul", ["h", "v"], "y")
      try scratch.writeModel("m.onnx", maker)
    }
    try write(8)
    let checked = try scratch.espalier("check", "m.onnx")
    #expect(checked.status == 1 && checked.output.contains("'rows' has a row for each of 8 samples"))
    let compiled = try compile("--batch", "8")
    #expect(compiled.status == 65 && compiled.errors.contains("'rows' has a row for each of 8 samples"))
    for (rows, equal) in [(1, false), (8, true)] {
      try write(rows, equal: equal)
      #expect(try scratch.espalier("check", "m.onnx").status == 0)
      #expect(try compile("--batch", "8").status == 0)
    }
  }

  /// onnxruntime's form of MatMul and Add in integers: the addend stands behind a rounding and is no bias.
  @Test func integersOfTheFileHaveTheirOwnNames() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 10])
    maker.output("y", [1, 4])
    maker.weight("s", [], [0.02])
    maker.integers("z", [], [0])
    maker.integers("bz", [], [3])
    maker.integers("w_q", [10, 8], (0..<80).map { $0 * 37 % 255 - 127 })
    maker.integers("b_q", [8], (0..<8).map { $0 * 9 - 30 })
    func round(_ name: String) {
      maker.node("QuantizeLinear", [name, "s", "z"], name + ".q")
      maker.node("DequantizeLinear", [name + ".q", "s", "z"], name + ".d")
    }
    round("x")
    maker.node("DequantizeLinear", ["w_q", "s", "z"], "w")
    maker.node("DequantizeLinear", ["b_q", "s", "bz"], "b")
    maker.node("MatMul", ["x.d", "w"], "m")
    round("m")
    maker.node("Add", ["m.d", "b"], "a")
    maker.node("Relu", ["a"], "r")
    round("r")
    maker.weight("v", [8, 4])
    maker.node("MatMul", ["r.d", "v"], "y")
    try scratch.writeModel("m.onnx", maker)
    let compiled = try scratch.espalier("compile", "--mode", "i8", "m.onnx", "-o", "p.plan", "--json")
    #expect(compiled.status == 0, "\(compiled.errors)")
    let all = try names(compiled, "untrained") + names(compiled, "trained_tensors")
    #expect(all.sorted() == ["b_q", "v", "w_q"])
    #expect(compiled.errors.contains("b_q is not trained: it is computed into b, which "))
  }

  /// Multiples of biases, biases of one number and matrices on the left are trained, and come back out as what they are.
  @Test func unusualParametersAreTrained() throws {
    var maker = ModelMaker()
    maker.input("x", [1, 6])
    maker.weight("w", [6, 5])
    maker.weight("one", [1], [0.5])
    maker.weight("left", [4, 1])
    maker.weight("v", [20, 3])
    maker.weight("c", [3])
    maker.integers("rows", [1, 1, 5])
    maker.integers("flat", [1, 20])
    maker.node("Gemm", ["x", "w", "one"], "h", [.float("beta", 3)])
    maker.node("Reshape", ["h", "rows"], "r")
    maker.node("MatMul", ["left", "r"], "p")
    maker.node("Reshape", ["p", "flat"], "f")
    maker.node("Gemm", ["f", "v", "c"], "y", [.float("beta", 0.25)])
    maker.output("y", [1, 3])
    try scratch.writeModel("m.onnx", maker)
    try scratch.writeRandomSamples("d.npz", [6], classes: 3)
    let compiled = try compile("--batch", "1", "--lr", "0.05")
    #expect(compiled.status == 0, "\(compiled.errors)")
    #expect(try names(compiled, "trained_tensors").sorted() == ["c", "left", "one", "v", "w"])
    #expect(try names(compiled, "untrained").isEmpty)

    func loss() throws -> Double {
      let result = try scratch.espalier(
        "compile", "--mode", "f32", "n.onnx", "-o", "n.plan", "--batch", "1", "-q")
      #expect(result.status == 0)
      #expect(try scratch.espalier("gradients", "n.plan", "--data", "d.npz", "-o", "n.npz", "-q").status == 0)
      return Double(try floats("n.npz", "loss")[0])
    }
    #expect(try scratch.espalier("gradients", "p.plan", "--data", "d.npz", "-o", "g.npz", "-q").status == 0)
    for (name, element) in [("c", 1), ("one", 0), ("left", 2)] {
      let values = try #require(try maker.model().initializer(name)).floats()
      let losses = try [Float(0.02), -0.02].map { step in
        var moved = maker
        var changed = values
        changed[element] += step
        moved[initializer: name] = .floats(name, name == "left" ? [4, 1] : [values.count], changed)
        try scratch.writeModel("n.onnx", moved)
        return try loss()
      }
      let gradient = Double(try floats("g.npz", "grad/" + name)[element])
      let expected = (losses[0] - losses[1]) / 0.04
      #expect(abs(gradient - expected) < 2e-3 * max(1, abs(expected)) && gradient != 0, "\(name)")
    }

    // The exported file is the trained network.
    let trained = try scratch.espalier(
      "train", "p.plan", "--data", "d.npz", "--steps", "20", "--checkpoint", "c.ckpt", "-q")
    #expect(trained.status == 0)
    #expect(try scratch.espalier("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "n.onnx", "-q").status == 0)
    #expect(
      try scratch.espalier("predict", "p.plan", "--checkpoint", "c.ckpt", "--data", "d.npz", "-o", "a.npz").status == 0)
    #expect(try scratch.espalier("compile", "--mode", "f32", "n.onnx", "-o", "n.plan", "-q").status == 0)
    #expect(try scratch.espalier("predict", "n.plan", "--data", "d.npz", "-o", "b.npz").status == 0)
    for (a, b) in zip(try floats("a.npz", "logits"), try floats("b.npz", "logits")) {
      #expect(abs(a - b) < 1e-5)
    }
  }

  @Test func theResultThatIsTrainedIsSaid() throws {
    try dense { maker in
      maker.node("Relu", ["h"], "embedding")
      maker.node("Gemm", ["embedding", "v", "c"], "y")
      maker.output("embedding", [1, 5])
      maker.output("y", [1, 3])
    }
    let first = try compile()
    #expect(first.status == 0 && first.json["output"] as? String == "embedding")
    #expect(first.errors.contains("embedding, y") && first.errors.contains("--output"))
    #expect(try names(first, "trained_tensors").sorted() == ["b", "w"])
    let second = try compile("--output", "y")
    #expect(second.status == 0 && second.json["output"] as? String == "y" && !second.errors.contains("--output"))
    #expect(try names(second, "trained_tensors").sorted() == ["b", "c", "v", "w"])
    let wrong = try compile("--output", "z")
    #expect(wrong.status == 64 && wrong.errors.contains("embedding, y"))

    // The file that comes out is that of the chosen result.
    try scratch.writeRandomSamples("d.npz", [6], classes: 3)
    #expect(try compile("--output", "y").status == 0)
    #expect(
      try scratch.espalier("train", "p.plan", "--data", "d.npz", "--steps", "3", "--checkpoint", "c.ckpt").status == 0)
    #expect(try scratch.espalier("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "e.onnx").status == 0)
  }

  /// A wake word's head: one number and a sigmoid, which becomes a classifier of two classes.
  @Test(arguments: ["Sigmoid", "HardSigmoid"])
  func probabilitiesAtTheEndAreLeftOut(op: String) throws {
    var maker = ModelMaker()
    maker.input("x", [1, 6])
    maker.output("y", [1, 1])
    maker.weight("w", [6, 1])
    maker.weight("b", [1])
    maker.node("Gemm", ["x", "w", "b"], "z")
    maker.node(op, ["z"], "y")
    try scratch.writeModel("m.onnx", maker)
    let plain = try compile()
    #expect(plain.status == 65 && plain.errors.contains("--classes 2"))
    let two = try compile("--classes", "2")
    #expect(two.status == 0 && two.errors.contains("igmoid"))
    #expect(try #require(two.json["opcodes"] as? [String]).allSatisfy { !$0.contains("sigmoid") })
    // A regression has it: its targets are between 0 and 1.
    let regression = try compile("--loss", "mse")
    #expect(regression.status == 0 && !regression.errors.contains("left out"))
    #expect(try #require(regression.json["opcodes"] as? [String]).contains { $0.contains("sigmoid") })
  }

  @Test func boundsOfResultsAreSaid() throws {
    try dense { maker in
      maker.node("Gemm", ["h", "v", "c"], "z")
      maker.node("Tanh", ["z"], "y")
      maker.output("y", [1, 3])
    }
    let compiled = try compile()
    #expect(compiled.status == 0 && compiled.errors.contains("tanh") && compiled.errors.contains("--loss mse"))
  }
}
