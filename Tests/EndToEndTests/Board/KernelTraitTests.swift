import Deploy
import Runtime
import Support
import Testing

@testable import Espalier

/// What only some plans ask of kernels, and what a runner without it says.
struct KernelTraitTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
  }

  private func traits(_ name: String, _ words: [String]) throws -> Set<KernelTrait> {
    let made = try Command.espalier.run(
      ["compile", "m.onnx", "-o", name, "--classes", "3", "--batch", "2", "--steps", "5"] + words, in: scratch.path)
    try #require(made.status == 0, "\(made.errors)")
    let plan = try Plan(path: scratch.file(name))
    return withExtendedLifetime(plan) { KernelSet(of: plan.image).traits }
  }

  private func integerTraits(_ name: String, _ words: String...) throws -> Set<KernelTrait> {
    try traits(name, ["--mode", "i8", "--calibration-data", "d.npz", "--policy"] + words)
  }

  @Test func plansAskForWhatTheyUse() throws {
    #expect(try integerTraits("head.plan", "head") == [])
    #expect(try integerTraits("adam.plan", "full", "--optimizer", "adam") == [.moments])
    #expect(try traits("float.plan", ["--mode", "f32", "--policy", "full"]) == [.im2col])
    let layer = #"{"match": "pw", "train": "region", "input_channels": [1, 3]}"#
    let region = #"{"policy": 1, "default": "frozen", "layers": [\#(layer)]}"#
    try scratch.write("region.json", [UInt8](region.utf8))
    #expect(try integerTraits("region.plan", "region.json") == [.regions])
  }

  /// A plan with the same opcodes that asks more of them.
  @Test func aRunnerWithoutRefuses() throws {
    #expect(try integerTraits("sgd.plan", "full") == [])
    let built = try scratch.espalier("build", "sgd.plan", "--target", "host", "-o", "b")
    try #require(built.status == 0, "\(built.errors)")
    #expect(try integerTraits("adam.plan", "full", "--optimizer", "adam") == [.moments])
    let runner = BoardRunner("b/runner", of: .host)
    #expect(try runner.run(["info", "sgd.plan"], in: scratch.path).status == 0)
    let refused = try runner.run(["info", "adam.plan"], in: scratch.path)
    #expect(refused.status == 65 && refused.errors.contains("needs a kernel that is not in this runner"))
  }
}
