import Foundation
import Report
import Support
import Testing

/// `--recompute`, `--codec`, `--page`: what a cap makes a plan do, and what it trains to then.
struct MemoryOptionTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("deep.onnx", SmallModels.deep())
    try scratch.writeRandomSamples("d.npz", [3, 16, 16], classes: 4)
  }

  private func run(_ verb: [String], _ words: [String]) throws -> CommandResult {
    try Command.espalier.run(
      verb + ["--classes", "4", "--policy", "full", "--mode", "f32", "--batch", "4", "--patch", "none", "--json"]
        + words, in: scratch.path)
  }

  private func compile(_ plan: String, _ words: [String]) throws -> CommandResult {
    try run(["compile", "deep.onnx", "-o", plan], words)
  }

  private func report(_ plan: String, _ words: [String]) throws -> PlanReport {
    let result = try compile(plan, words)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8))
  }

  /// The smallest cap that the options allow.
  private func minimum(_ words: [String]) throws -> String {
    let refused = try compile("no.plan", words + ["--cap", "1000"])
    #expect(refused.status == 2)
    let needed = try #require(refused.errors.firstMatch(of: /needs ([0-9,]+) bytes/)?.1)
    return String(needed.replacing(",", with: ""))
  }

  private func trained(_ plan: String) throws -> [UInt8] {
    #expect(try scratch.espalier("train", plan + ".plan", "--data", "d.npz", "--steps", "4").status == 0)
    #expect(
      try scratch.espalier("export", plan + ".plan", "--checkpoint", plan + ".ckpt", "-o", plan + ".onnx").status == 0)
    return try scratch.read(plan + ".onnx")
  }

  /// The runner of a bundle in `b` of the small plan, beside packed data.
  private func boardRunner() throws -> BoardRunner {
    #expect(try scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    #expect(try scratch.espalier("build", "small.plan", "--target", "host", "-o", "b", "--data", "d.pack").status == 0)
    return BoardRunner(scratch.file("b/runner"), of: .host)
  }

  /// Checks that the board's checkpoint of the small plan gives the file that the whole plan came to.
  private func expectBoardLearnedTheSame() throws {
    #expect(
      try scratch.espalier("export", "small.plan", "--checkpoint", "board.ckpt", "-o", "board.onnx").status == 0)
    #expect(try scratch.read("board.onnx") == scratch.read("whole.onnx"))
  }

  @Test func whatIsComputedTwiceTrainsTheSame() throws {
    let words = ["--codec", "none", "--page", "none"]
    let small = try report("small.plan", words + ["--cap", minimum(words)])
    let whole = try report("whole.plan", ["--cap", "none"])
    #expect(small.recomputation != nil && small.arenaBytes < whole.arenaBytes && whole.recomputation == nil)
    #expect(try trained("small") == trained("whole"))
  }

  /// On a board the file stands beside the checkpoint, and has no name.
  @Test func whatIsPagedOutTrainsTheSameOnABoard() throws {
    let others = ["--recompute", "none", "--codec", "none"]
    let small = try report("small.plan", others + ["--cap", minimum(others)])
    #expect(small.paging != nil)
    _ = try report("whole.plan", ["--cap", "none"])
    #expect(try trained("small") == trained("whole"))
    let runner = try boardRunner()
    #expect(try runner.run(["selftest", "b/model.plan"], in: scratch.path).status == 0)
    let words = ["train", "b/model.plan", "--data", "d.pack", "--steps", "4", "-q", "--checkpoint"]
    let result = try runner.run(words + ["board.ckpt"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    try expectBoardLearnedTheSame()
    #expect(!FileManager.default.fileExists(atPath: scratch.file("board.ckpt.pages")))
    expectRefusal(try runner.run(words + ["nowhere/x.ckpt"], in: scratch.path), 73, "nowhere/x.ckpt")
  }

  /// State of optimizers that waits in the file survives a stop, on the host and on a board.
  @Test(arguments: zip(["momentum", "momentum", "adam"], ["f32", "i8", "i8"]))
  func stateThatIsPagedOutTrainsTheSame(optimizer: String, mode: String) throws {
    let words =
      [
        "--optimizer", optimizer, "--accumulate", "2", "--mode", mode, "--recompute", "none", "--codec", "none",
      ] + (mode == "f32" ? [] : ["--calibration-data", "d.npz"])
    let small = try report("small.plan", words + ["--cap", minimum(words)])
    #expect(try #require(small.paging).stateBytes > 0)
    _ = try report("whole.plan", words + ["--cap", "none"])
    #expect(try trained("small") == trained("whole"))
    let runner = try boardRunner()
    let train = ["train", "b/model.plan", "--data", "d.pack", "-q", "--checkpoint", "board.ckpt", "--steps"]
    for steps in [["3"], ["4", "--resume"]] {
      let result = try runner.run(train + steps, in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
    }
    try expectBoardLearnedTheSame()
  }

  @Test func codecsAreNamedInThePlan() throws {
    let forced = try report("c.plan", ["--codec", "int4", "--cap", "none"])
    #expect(forced.codecs.map(\.codec) == ["int4"] && forced.codecs[0].keptBytes < forced.codecs[0].bytes / 4)
    #expect(try scratch.espalier("train", "c.plan", "--data", "d.npz", "--steps", "4").status == 0)
    let wrong = try compile("w.plan", ["--codec", "int3"])
    #expect(wrong.status == 64)
    let useless = try compile("w.plan", ["--codec", "segments"])
    expectRefusal(useless, 64, "--codec segments", "auto")
  }

  /// GELU and SiLU that a file has in parts are one operator each, and keep 2 bits an element where asked to.
  @Test func activationsInPartsAreOne() throws {
    try scratch.writeModel("gated.onnx", SmallModels.gated())
    func opcodes(_ words: String...) throws -> Set<String> {
      let result = try run(["compile", "gated.onnx", "-o", "g.plan"], words + ["--cap", "none"])
      #expect(result.status == 0, "\(result.errors)")
      return Set(try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8)).opcodes)
    }
    let exact = try opcodes()
    #expect(exact.isSuperset(of: ["gelu", "gelu_grad", "silu", "silu_grad"]))
    #expect(exact.isDisjoint(with: ["erf", "sigmoid", "affine"]))
    let about = try opcodes("--codec", "segments")
    #expect(about.contains("swish_segments_grad") && about.isDisjoint(with: ["gelu_grad", "silu_grad"]))
    let trained = try scratch.espalier("train", "g.plan", "--data", "d.npz", "--steps", "4")
    #expect(trained.status == 0, "\(trained.errors)")
  }

  /// The knee lies on the frontier.
  @Test func autoTakesTheKnee() throws {
    let knee = try report("k.plan", ["--cap", "auto"])
    let result = try run(["frontier", "deep.onnx"], [])
    let frontier = try JSONDecoder().decode(Frontier.self, from: Data(result.output.utf8))
    #expect(frontier.points[frontier.knee].arenaBytes == knee.arenaBytes)
  }
}
