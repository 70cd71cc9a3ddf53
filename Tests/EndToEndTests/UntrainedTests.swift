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
    try scratch.writeModel()
    let compiled = try compile()
    #expect(try compiled.status == 0 && names(compiled, "untrained").isEmpty)
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
