import Support
import Testing

@testable import ONNX

/// Softplus and Mish on the whole way: quantized or not, trained, exported; Mish as one node or in the parts that files
/// below opset 18 have.
struct SmoothActivationTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeSamples()
  }

  /// Pictures of 3 x 8 x 8; 5 classes.
  private func model(inParts: Bool) -> ModelMaker {
    var maker = ModelMaker(opset: inParts ? 17 : 18)
    maker.input("x", [-1, 3, 8, 8])
    maker.output("y", [-1, 5])
    maker.weight("stem", [8, 3, 3, 3])
    maker.node("Conv", ["x", "stem"], "a", [.ints("pads", [1, 1, 1, 1])])
    if inParts {
      maker.node("Softplus", ["a"], "p")
      maker.node("Tanh", ["p"], "t")
      maker.node("Mul", ["a", "t"], "b")
    } else {
      maker.node("Mish", ["a"], "b")
    }
    maker.weight("dw", [8, 1, 3, 3])
    maker.node("Conv", ["b", "dw"], "c", [.ints("pads", [1, 1, 1, 1]), .int("group", 8)])
    maker.node("Softplus", ["c"], "d")
    maker.weight("pw", [8, 8, 1, 1])
    maker.node("Conv", ["d", "pw"], "e")
    maker.node("GlobalAveragePool", ["e"], "f")
    maker.node("Flatten", ["f"], "g")
    maker.weight("fc", [5, 8])
    maker.weight("fc_bias", [5])
    maker.node("Gemm", ["g", "fc", "fc_bias"], "y", [.int("transB", 1)])
    return maker
  }

  private func run(_ words: String...) throws -> CommandResult {
    let result = try Command.espalier.run(words, in: scratch.path)
    #expect(result.status == 0, "\(words): \(result.errors)")
    return result
  }

  @Test(arguments: [false, true], ["f32", "i8"]) func theyTrainAndExport(inParts: Bool, mode: String) throws {
    try scratch.writeModel("m.onnx", model(inParts: inParts))
    var source = "m.onnx"
    if mode == "i8" {
      _ = try run("quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx")
      source = "q.onnx"
    }
    let compiled = try run(
      "compile", source, "-o", "p.plan", "--mode", mode, "--policy", "full", "--classes", "3", "--batch", "4", "--lr",
      "0.02", "--cap", "none", "--json")
    let opcodes = try #require(compiled.json["opcodes"] as? [String])
    #expect(Set(opcodes).isSuperset(of: ["mish", "mish_grad", "softplus", "softplus_grad"]))
    #expect(!opcodes.contains("tanh"))
    let trained = try run(
      "train", "p.plan", "--data", "d.npz", "--steps", "60", "--checkpoint", "c.ckpt", "--json", "-q")
    let losses = try #require(trained.json["losses"] as? [Double])
    #expect(losses.count == 60 && losses.suffix(12).reduce(0, +) < losses.prefix(12).reduce(0, +), "\(losses)")
    _ = try run("export", "p.plan", "--checkpoint", "c.ckpt", "-o", "t.onnx")
  }

  /// One plan runs wherever it is sent: the runner has these kernels, and learns the same bits.
  @Test func aRunnerHasTheirKernels() throws {
    try scratch.writeModel("m.onnx", model(inParts: false))
    _ = try run(
      "compile", "m.onnx", "-o", "p.plan", "--mode", "f32", "--policy", "full", "--classes", "3", "--batch", "4",
      "--cap", "none")
    _ = try run("data", "pack", "d.npz", "-o", "d.pack")
    _ = try run("build", "p.plan", "--target", "host", "-o", "b")
    let words = ["train", "p.plan", "--data", "d.pack", "--steps", "12", "--seed", "4", "--checkpoint"]
    let board = try BoardRunner("b/runner", of: .host).run(words + ["b.ckpt"], in: scratch.path)
    #expect(board.status == 0, "\(board.errors)")
    let host = try Command.espalier.run(words + ["h.ckpt"], in: scratch.path)
    #expect(host.status == 0, "\(host.errors)")
    #expect(try scratch.read("b.ckpt") == scratch.read("h.ckpt"))
  }
}
