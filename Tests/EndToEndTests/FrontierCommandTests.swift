import Foundation
import Report
import Support
import Testing

/// `espalier frontier`, and plans whose first layers are computed in patches.
struct FrontierCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("pictures.onnx", SmallModels.pictures())
    try scratch.writeRandomSamples("d.npz", [3, 16, 16], classes: 4)
  }

  private func run(_ words: [String]) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private func frontier(_ words: String...) throws -> CommandResult {
    try run(["frontier", "pictures.onnx", "--classes", "4", "--policy", "head", "--mode", "f32"] + words)
  }

  private func compile(_ words: String...) throws -> CommandResult {
    try run(
      ["compile", "pictures.onnx", "-o", "p.plan", "--classes", "4", "--policy", "head", "--mode", "f32"] + words)
  }

  @Test func everyPointIsAPlan() throws {
    let result = try frontier("--json", "--html", "f.html")
    #expect(result.status == 0, "\(result.errors)")
    let frontier = try JSONDecoder().decode(Frontier.self, from: Data(result.output.utf8))
    #expect(frontier.points.count > 1 && frontier.points.indices.contains(frontier.knee))
    for point in frontier.points {
      let plan = try compile("--cap", "\(point.arenaBytes)", "--json")
      let report = try JSONDecoder().decode(PlanReport.self, from: Data(plan.output.utf8))
      #expect(report.arenaBytes <= point.arenaBytes)
    }
    let page = String(decoding: try scratch.read("f.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<rect").count == frontier.points.count + 1)
    #expect(try self.frontier("--html", "-").output == page)
  }

  /// Below what is exact and in memory, `compile` takes codecs or pages that stand here, and is kept from them alike.
  @Test(arguments: ["codec", "page"]) func pointsBeyondSayWhatIsKeptAndPaged(way: String) throws {
    // Of a Relu, its output is kept whatever else is: codecs would take nothing away.
    try scratch.writeModel("deep.onnx", SmallModels.deep(way == "codec" ? "HardSwish" : "Relu"))
    let others = way == "codec" ? "page" : "codec"
    let words = [
      "deep.onnx", "--classes", "4", "--policy", "full", "--mode", "f32", "--batch", "4", "--patch", "none",
      "--recompute", "none", "--\(others)", "none",
    ]
    let result = try run(["frontier"] + words + ["--json", "--html", "f.html"])
    let found = try JSONDecoder().decode(Frontier.self, from: Data(result.output.utf8))
    #expect(result.errors.contains("not looked for: ") && result.errors.contains("(--\(others) auto)"))
    #expect(found.points.allSatisfy { $0.codecs.isEmpty && $0.paging == nil } && !found.beyond.isEmpty)
    for point in found.beyond {
      #expect(way == "codec" ? !point.codecs.isEmpty : point.paging != nil)
      let plan = try run(["compile", "-o", "p.plan", "--cap", "\(point.arenaBytes)", "--json"] + words)
      let report = try JSONDecoder().decode(PlanReport.self, from: Data(plan.output.utf8))
      // Under exactly its bytes, one that is further on may be taken: sizes that are quickly found may be too large.
      let isPoint = found.beyond.contains {
        $0.arenaBytes == report.arenaBytes && $0.codecs == report.codecs && $0.paging == report.paging
      }
      #expect(isPoint && report.arenaBytes <= point.arenaBytes)
    }
    let page = String(decoding: try scratch.read("f.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<rect").count == found.points.count + found.beyond.count + 1)
    let exact = try run(["frontier"] + words + ["--\(way)", "none", "--json"])
    #expect(try JSONDecoder().decode(Frontier.self, from: Data(exact.output.utf8)).beyond.isEmpty)
  }

  /// Samples that pass by cannot be read where they lie.
  @Test func streamsAreRefusedByPlansThatReadInPlace() throws {
    #expect(try compile("--patch", "2x2", "--samples", "in-place").status == 0)
    #expect(try scratch.espalier("train", "p.plan", "--data", "d.npz", "--steps", "3").status == 0)
    #expect(try scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    #expect(try scratch.espalier("build", "p.plan", "--target", "host", "-o", "b", "--data", "d.pack").status == 0)
    let runner = BoardRunner(scratch.file("b/runner"), of: .host)
    let test = try runner.run(["selftest", "b/model.plan"], in: scratch.path)
    #expect(test.status == 0, "\(test.errors)")
    let packed = try runner.run(
      ["train", "b/model.plan", "--data", "d.pack", "--steps", "3", "--checkpoint", "a.ckpt", "-q"], in: scratch.path)
    #expect(packed.status == 0, "\(packed.errors)")
    #expect(try scratch.espalier("data", "stream", "d.npz", "-o", "d.stream").status == 0)
    let stream = try runner.run(
      ["train", "b/model.plan", "--data", "-", "--steps", "3", "--checkpoint", "b.ckpt", "-q"], in: scratch.path,
      input: scratch.file("d.stream"))
    expectRefusal(stream, 65, "passes by, and the plan reads samples where they lie", "--samples copied")
  }

  @Test(arguments: [["--patch", "2"], ["--patch", "0x2"], ["--patch", "2x2:0"], ["--samples", "moved"]])
  func wrongGridsAreUsage(words: [String]) throws {
    let result = try run(["compile", "pictures.onnx", "--mode", "f32"] + words)
    #expect(result.status == 64 && result.errors.contains(words[1]))
  }

  @Test func patchesOfTrainedLayersAreRefused() throws {
    expectRefusal(try compile("--patch", "2x2:9"), 64, "--patch 2x2", "fewer patches or other layers")
    #expect(!scratch.exists("p.plan"))
  }
}
