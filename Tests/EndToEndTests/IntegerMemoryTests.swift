import Foundation
import Report
import Support
import Testing

/// What makes the memory of integer steps small, and that it changes no weight.
struct IntegerMemoryTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("deep.onnx", SmallModels.deep())
    try scratch.writeModel("block.onnx", SmallModels.block())
    try scratch.writeRandomSamples("d.npz", [3, 16, 16], classes: 5)
  }

  private func compile(_ model: String, _ plan: String, _ words: [String]) throws -> CommandResult {
    let data = ["--calibration-data", "d.npz", "--batch", "2", "--codec", "none", "--page", "none", "--json"]
    return try Command.espalier.run(
      ["compile", model + ".onnx", "-o", plan + ".plan"] + data + words, in: scratch.path)
  }

  private func report(_ model: String, _ plan: String, _ words: [String]) throws -> PlanReport {
    let result = try compile(model, plan, words)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8))
  }

  /// The plan without a cap, and the one under the smallest.
  private func plans(_ model: String, _ words: [String]) throws -> (whole: PlanReport, small: PlanReport) {
    let refused = try compile(model, "no", words + ["--cap", "1000"])
    let needed = try #require(refused.errors.firstMatch(of: /needs ([0-9,]+) bytes/)?.1).replacing(",", with: "")
    let small = try report(model, "small", words + ["--cap", String(needed)])
    #expect(small.arenaBytes == Int(needed))
    return (try report(model, "whole", words + ["--cap", "none"]), small)
  }

  private func trained(_ plan: String) throws -> [UInt8] {
    #expect(try scratch.espalier("train", plan + ".plan", "--data", "d.npz", "--steps", "4").status == 0)
    #expect(
      try scratch.espalier("export", plan + ".plan", "--checkpoint", plan + ".ckpt", "-o", plan + ".onnx").status == 0)
    return try scratch.read(plan + ".onnx")
  }

  @Test(
    arguments: ["deep", "block"],
    [["i8", "full"], ["i8t", "full"], ["i16g", "full"], ["i8f", "full"], ["i8", "bias"], ["i8t", "last-2"]])
  func theSmallestPlanTrainsTheSame(model: String, how: [String]) throws {
    let words = ["--mode", how[0], "--policy", how[1]]
    let (whole, small) = try plans(model, words)
    #expect(whole.oldWeights == nil && whole.savings.isEmpty)
    // Where little is trained the whole step may be the smallest.
    #expect(how[1] == "full" ? small.arenaBytes < whole.arenaBytes : small.arenaBytes <= whole.arenaBytes)
    #expect(try trained("small") == trained("whole"))
  }

  /// Every copy is made directly before its weight is updated, and read afterwards.
  @Test func copiesAreShortLived() throws {
    let (_, small) = try plans("block", ["--mode", "i8t", "--policy", "full"])
    #expect(try #require(small.oldWeights).tensors == 2)
    let steps = small.stepTable
    for (index, step) in steps.enumerated() where step.operator == "weight_copy" {
      #expect(steps[index + 1].inputs[0] + ".old" == step.name)
      let readers = steps.filter { $0.inputs.contains(step.name) }
      #expect(readers.count == 1 && readers[0].index > index + 1 && readers[0].operator.hasSuffix("grad_input"))
    }
  }

  /// What each measure came to is said; the last one is the plan.
  @Test func savingsAddUp() throws {
    let (whole, small) = try plans("deep", ["--mode", "i8t", "--policy", "full"])
    #expect(small.savings.first?.arenaBytes == whole.arenaBytes && small.savings.last?.arenaBytes == small.arenaBytes)
    #expect(small.savings.reduce(0) { $0 + $1.extraMacs } == small.extraMacs)
    #expect(small.savings.map(\.measure).contains(try #require(small.oldWeights).text))
    #expect(small.summaryText.contains("as a whole"))
  }

  /// What a mean over whole pictures shares out is written in its own format at once, never as floats.
  @Test func gradientsOfMeansAreNeverFloats() throws {
    let report = try report("block", "p", ["--mode", "i8", "--policy", "full", "--cap", "none"])
    #expect(!report.opcodes.contains("average_pool_grad"))
    let cast = try #require(report.stepTable.first { $0.name == "gradient:project" })
    #expect(cast.operator == "gradient_cast" && cast.output.bytes == 2 * 8 * 256 + 4)
  }

  /// The gradient of a depthwise layer's input lies over that of its output, though the bias needs that one, too.
  @Test func gradientsOfDepthwiseLayersShareOnePlane() throws {
    let report = try report("block", "p", ["--mode", "i8", "--policy", "bias", "--cap", "none"])
    let step = try #require(report.stepTable.first { $0.operator == "quantized_depthwise_grad_input" })
    // Two samples of 16 channels of 16 x 16, and the scale of the gradient; no second one beside it.
    #expect(step.output.bytes == 2 * 16 * 256 + 4)
    let before = report.stepTable[step.index - 1]
    #expect(step.bytesLive < before.bytesLive + 2 * 16 * 256)
  }
}
