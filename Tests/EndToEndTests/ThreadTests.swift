import CEspalier
import Espalier
import EspalierSession
import Foundation
import Support
import Testing

/// Any number of threads comes to the same bytes, everywhere.
struct ThreadTests {
  private let scratch: ScratchFolder

  /// Pictures that are large enough for rows to be shared.
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("m.onnx", SmallModels.pictures(side: 64))
    try scratch.writeRandomSamples("d.npz", [3, 64, 64], classes: 5)
    try run("data", "pack", "d.npz", "-o", "d.pack")
    try compile("p.plan", "--mode", "i8", "--calibration-data", "d.npz", "--optimizer", "momentum")
  }

  @discardableResult
  private func run(_ words: String...) throws -> CommandResult {
    let result = try Command.espalier.run(words, in: scratch.path)
    try #require(result.status == 0, "\(words): \(result.errors)")
    return result
  }

  private func compile(_ plan: String, _ words: String...) throws {
    let made = try Command.espalier.run(
      ["compile", "m.onnx", "-o", plan, "--batch", "8", "--steps", "20", "--target", "raspberry-pi-zero-2"] + words,
      in: scratch.path)
    try #require(made.status == 0, "\(made.errors)")
  }

  private func train(_ checkpoint: String, _ words: String...) throws -> CommandResult {
    try Command.espalier.run(
      ["train", "p.plan", "--data", "d.pack", "--steps", "6", "--checkpoint", checkpoint] + words, in: scratch.path)
  }

  @Test func trainingAndPredictionsAreTheSame() throws {
    try #require(train("1.ckpt").status == 0)
    let bytes = try scratch.read("1.ckpt")
    for threads in ["1", "2", "3", "7"] {
      let result = try train(threads + ".ckpt", "--threads", threads, "--overwrite")
      try #require(result.status == 0, "\(result.errors)")
      #expect(try scratch.read(threads + ".ckpt") == bytes, "\(threads) threads")
      #expect(result.errors.contains("bytes of scratch beside the arena") == (threads != "1"), "\(result.errors)")
      try run("predict", "p.plan", "--data", "d.pack", "--checkpoint", "1.ckpt", "--threads", threads, "-o", "p.npz")
      try run("predict", "p.plan", "--data", "d.pack", "--checkpoint", "1.ckpt", "--threads", "1", "-o", "q.npz")
      #expect(try scratch.read("p.npz") == scratch.read("q.npz"))
      let judged = try run("eval", "p.plan", "--data", "d.pack", "--threads", threads, "--json")
      #expect(try judged.output == run("eval", "p.plan", "--data", "d.pack", "--json").output)
    }
  }

  @Test func whatCannotBeIsSaid() throws {
    for threads in ["0", "65", "-1", "x"] {
      let refused = try train("c.ckpt", "--threads", threads)
      #expect(refused.status == 64 && refused.errors.contains("threads"), "\(refused.errors)")
      #expect(!scratch.exists("c.ckpt"))
    }
    try compile("f.plan", "--mode", "f32")
    let floats = try run("train", "f.plan", "--data", "d.pack", "--steps", "1", "--threads", "2")
    #expect(floats.errors.contains("--threads has no use here"))
  }

  @Test func functionsInCShareWhenTheyHaveAnArena() throws {
    let early = CSession()
    #expect(espalier_open_file(early.session, espalier_session_size(), scratch.file("p.plan")) == ESPALIER_OK)
    #expect(espalier_share(early.session, 2, nil) == ESPALIER_USAGE && early.text.contains("espalier_start"))
    #expect(espalier_share(nil, 2, nil) == ESPALIER_USAGE)
    try early.start()
    for threads: UInt32 in [2, 5, 1, 3] { #expect(espalier_share(early.session, threads, nil) == ESPALIER_OK) }
  }

  @Test func functionsInCShareToo() throws {
    var progress = [[UInt8]]()
    for threads: UInt32 in [1, 3] {
      let session = try CSession(scratch.file("p.plan"))
      #expect(espalier_share(session.session, 0, nil) == ESPALIER_USAGE)
      #expect(espalier_share(session.session, 65, nil) == ESPALIER_USAGE)
      var bytes: UInt64 = 1
      #expect(espalier_share(session.session, threads, &bytes) == ESPALIER_OK)
      #expect((bytes > 0) == (threads > 1))
      let elements: Int = 8 * 3 * 64 * 64
      let x: [Float] = (0..<elements).map { index in Float(index % 251) * 0.004 }
      for _ in 0..<3 { _ = try session.step(x, [0, 1, 2, 3, 4, 0, 1, 2]) }
      let file = scratch.file("c\(threads).ckpt")
      #expect(espalier_save(session.session, file) == ESPALIER_OK)
      progress.append(try scratch.read("c\(threads).ckpt"))
    }
    #expect(progress[0] == progress[1])
  }

  /// Runners of boards with several cores, where the plan has rows to share.
  @Test(arguments: Boards.emulated.filter { $0 == "raspberry-pi-zero-2" })
  func boardsShareToo(board: String) throws {
    try #require(train("h.ckpt").status == 0)
    let built = try run("build", "p.plan", "--target", board, "-o", "b", "--verbs", "train", "--feeds", "packed")
    #expect(built.status == 0)
    let runner = BoardRunner("./b/runner", of: try Boards.place(board).target)
    for threads in ["1", "3"] {
      let result = try runner.run(
        [
          "train", "p.plan", "--data", "d.pack", "--steps", "6", "--checkpoint", "b.ckpt", "--overwrite", "--threads",
          threads,
        ], in: scratch.path)
      try #require(result.status == 0, "\(result.errors)")
      #expect(try scratch.read("b.ckpt") == scratch.read("h.ckpt"), "\(threads) threads")
      #expect(result.errors.contains("bytes of scratch beside the arena") == (threads != "1"))
    }
    let refused = try runner.run(
      ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--threads", "65"], in: scratch.path)
    #expect(refused.status == 64 && refused.errors.contains("--threads is too large"))
    #expect(try runner.run(["help"], in: scratch.path).output.contains("--threads N"))
  }
}
