import Espalier
import Foundation
import Support
import Testing

/// The runner on this computer, with a small plan of float samples and classes.
struct RunnerTests {
  private let scratch: ScratchFolder
  private let runner: BoardRunner

  /// One bundle serves all tests, also those of other suites.
  static let bundle = Result { () throws -> Folder in
    let scratch = try ScratchFolder()
    try scratch.writePlan("--optimizer", "momentum", "--accumulate", "2", "--lr", "0.01")
    try #require(scratch.espalier("data", "pack", "d.npz", "-o", "d.pack", "--split", "0.75").status == 0)
    let built = try scratch.espalier("build", "p.plan", "--target", "host", "-o", "b", "--data", "d.pack")
    try #require(built.status == 0, "\(built.errors)")
    return Folder(scratch: scratch)
  }

  struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  init() throws {
    scratch = try ScratchFolder()
    let made = try RunnerTests.bundle.get().scratch
    for name in ["d.npz", "d.pack", "p.plan"] { try scratch.write(name, made.read(name)) }
    runner = BoardRunner(made.file("b/runner"), of: .host)
  }

  private func run(_ words: String..., input: String? = nil) throws -> CommandResult {
    try runner.run(words, in: scratch.path, input: input)
  }

  private func train(_ words: String...) throws -> CommandResult {
    let start = words.contains("--resume") ? [] : ["--overwrite"]
    return try runner.run(
      ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt"] + start + words, in: scratch.path)
  }

  /// As the command says it.
  @Test func whatIsNoCountOrTimeIsSaidAsTheCommandSaysIt() throws {
    for (option, value, text) in [
      ("--steps", "-1", "--steps must be 1 or more"), ("--steps", "0", "--steps must be 1 or more"),
      ("--deadline", "0", "--deadline must be above 0"), ("--deadline", "-1", "--deadline must be above 0"),
    ] {
      let runner = try train(option, value)
      let command = try scratch.espalier("train", "p.plan", "--data", "d.pack", option, value)
      expectRefusal(runner, 64, text)
      #expect(command.status == 64 && command.errors.contains(text), "\(command.errors)")
    }
  }

  /// A device holds nothing that could be lost, and may be full; nobody reads from a pipe.
  @Test func devicesArePlacesForCheckpoints() throws {
    try #require(mkfifo(scratch.file("pipe"), 0o600) == 0)
    for (place, status) in [("/dev/null", Int32(0)), ("/dev/full", 74), ("pipe", 73)] {
      let words = ["train", "p.plan", "--data", "d.pack", "--checkpoint", place, "--steps", "1", "-q"]
      let found = try runner.run(words, in: scratch.path)
      #expect(found.status == status, "\(place): \(found.errors)")
      #expect(try Command.espalier.run(words, in: scratch.path).status == status, "\(place)")
    }
  }

  /// A checkpoint, its slots and what is written beside it are no place for the best one, nor for an input.
  @Test func filesBesideACheckpointAreNotWrittenTwice() throws {
    for best in ["n.ckpt", "n.ckpt.previous", "n.ckpt.espalier-tmp"] {
      let result = try run(
        "train", "p.plan", "--data", "d.pack", "--eval", "d.pack", "--steps", "2", "--checkpoint", "n.ckpt", "--best",
        best)
      #expect(result.status == 73, "\(best): \(result.errors)")
    }
    for suffix in [".previous", ".espalier-lock", ".espalier-tmp", ".pages"] {
      let plan = try scratch.read("p.plan")
      try scratch.write("k" + suffix, plan)
      let result = try run("train", "k" + suffix, "--data", "d.pack", "--steps", "2", "--checkpoint", "k")
      expectRefusal(result, 64, "is another file of this training, too")
      #expect(try scratch.read("k" + suffix) == plan)
      try FileManager.default.removeItem(atPath: scratch.file("k" + suffix))
    }
    let escaped = try run("train", "p.plan", "--data", "none\u{1b}[2J", "--checkpoint", "c")
    expectRefusal(escaped, 66, #"none\x1b[2J is not there"#)
  }

  private func lines(_ result: CommandResult) throws -> [[String: Any]] {
    try result.output.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
  }

  @Test func itEndsWithTheBytesOfTheCommand() throws {
    for words in [["--steps", "7", "--augment", "flip,shift"], ["--epochs", "3", "--seed", "9"], ["--no-shuffle"]] {
      let result = try runner.run(
        ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "-q", "--overwrite"] + words,
        in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      let host = try Command.espalier.run(
        ["train", "p.plan", "--data", "d.pack", "--checkpoint", "h.ckpt", "--overwrite"] + words, in: scratch.path)
      #expect(host.status == 0)
      #expect(try scratch.read("c.ckpt") == scratch.read("h.ckpt"), "\(words)")
    }
  }

  @Test func itGoesOnWhereItStopped() throws {
    #expect(try train("--steps", "5", "--seed", "3", "-q").status == 0)
    #expect(try train("--steps", "12", "--resume", "-q").status == 0)
    let resumed = try scratch.read("c.ckpt")
    try FileManager.default.removeItem(atPath: scratch.file("c.ckpt"))
    try FileManager.default.removeItem(atPath: scratch.file("c.ckpt.previous"))
    #expect(try train("--steps", "12", "--resume", "--seed", "3", "-q").status == 0)
    #expect(try scratch.read("c.ckpt") == resumed)
    expectRefusal(try train("--resume", "--seed", "4"), 64, "--seed")
  }

  @Test func aRottenSlotIsPassedOver() throws {
    #expect(try train("--steps", "6", "--every", "2", "-q").status == 0)
    var bytes = try scratch.read("c.ckpt")
    bytes[bytes.count / 2] ^= 1
    try scratch.write("c.ckpt", bytes)
    let result = try train("--steps", "8", "--resume", "--json")
    #expect(result.status == 0 && result.errors.contains("c.ckpt.previous"))
    #expect(try lines(result).last?["first_step"] as? Int == 4)
  }

  @Test func aLineTellsEachStep() throws {
    let result = try train("--steps", "3", "--json", "--eval", "d.pack")
    let objects = try lines(result)
    #expect(objects.count == 5)
    #expect(objects.prefix(3).map { $0["step"] as? Int } == [1, 2, 3])
    let end = try #require(objects.last)
    #expect(end["steps"] as? Int == 3 && end["ending"] as? String == "done" && end["samples"] as? Int == 12)
    #expect(end["accuracy"] is Double && end["mean_squared_error"] is NSNull)
    let text = try train("--steps", "1")
    #expect(text.output.hasPrefix("step 1  loss ") && text.output.contains("ended by done"))
  }

  @Test func conditionsEndIt() throws {
    let deadline = try lines(train("--deadline", "1e-9", "--json"))
    #expect(deadline.last?["ending"] as? String == "deadline")
    let accuracy = try lines(train("--until", "0.01", "--eval", "d.pack", "--eval-every", "2", "--json"))
    #expect(accuracy.last?["ending"] as? String == "accuracy" && accuracy.last?["steps"] as? Int == 2)
    // The first judgement is the best so far, unless nothing at all was right.
    let patience = try lines(
      train("--patience", "2", "--eval", "d.pack", "--eval-every", "1", "--json", "--best", "best.ckpt"))
    #expect(patience.last?["ending"] as? String == "patience")
    #expect(scratch.exists("best.ckpt"))
    let stopped = try runner.run(
      ["train", "p.plan", "--data", "d.pack", "--checkpoint", "i.ckpt", "--steps", "1000000000", "-q", "--every", "1"],
      in: scratch.path,
      started: { process in
        while !scratch.exists("i.ckpt") && process.isRunning { usleep(1000) }
        kill(process.processIdentifier, SIGTERM)
      })
    #expect(stopped.status == 130 && stopped.errors.contains("--resume"))
    #expect(try run("eval", "p.plan", "--data", "d.pack", "--checkpoint", "i.ckpt").status == 0)
  }

  @Test func heatIsWaitedFor() throws {
    try scratch.write("temp", Array("81000\n".utf8))
    let hot = try train(
      "--temperature", "temp", "--temperature-limit", "80", "--deadline", "1", "--json", "--steps", "50")
    #expect(hot.errors.contains("waiting: 81 °C"))
    #expect(try lines(hot).last?["ending"] as? String == "deadline")
    try scratch.write("temp", Array("42000\n".utf8))
    #expect(try train("--temperature", "temp", "--temperature-limit", "80", "--steps", "2", "-q").status == 0)
    try scratch.write("temp", Array("warm".utf8))
    let bad = try train("--temperature", "temp", "--temperature-limit", "80", "--steps", "9", "-q")
    #expect(bad.status == 74 && bad.errors.contains("temp") && scratch.exists("c.ckpt"))
  }

  @Test func evalAndPredictAreThoseOfTheCommand() throws {
    #expect(try train("--steps", "20", "-q").status == 0)
    let mine = try run("eval", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--json").json
    let host = try scratch.espalier("eval", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--json").json
    #expect(mine["correct"] as? Int == host["correct"] as? Int && mine["samples"] as? Int == 12)
    let predicted = try lines(run("predict", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "--json"))
    #expect(
      try scratch.espalier("predict", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt", "-o", "p.npz").status == 0
    )
    let classes = try scratch.arrays("p.npz").array("classes", path: "p.npz").numbers(0..<48)
    #expect(predicted.map { $0["class"] as? Double } == classes)
    #expect(predicted.count == 48 && (predicted[0]["logits"] as? [Double])?.count == 3)
    try #require(scratch.espalier("data", "stream", "d.pack", "-o", "d.stream").status == 0)
    let streamed = try run("predict", "p.plan", "--data", "-", "--checkpoint", "c.ckpt", "--json", input: "d.stream")
    #expect(try lines(streamed).map { $0["class"] as? Double } == classes)
  }

  @Test func wrongInputIsRefused() throws {
    expectRefusal(try run(), 64, "no verb")
    expectRefusal(try run("walk"), 64, "walk")
    expectRefusal(try run("train"), 64, "no plan")
    expectRefusal(try run("train", "p.plan", "--data", "d.pack"), 64, "--checkpoint")
    expectRefusal(try run("eval", "p.plan", "--steps", "3"), 64, "--steps")
    expectRefusal(try train("--steps", "0"), 64, "--steps")
    expectRefusal(try train("--steps", "12x"), 64, "12x")
    expectRefusal(try train("--steps"), 64, "--steps")
    expectRefusal(try train("--steps", "3", "--epochs", "3"), 64, "--epochs")
    expectRefusal(try train("--until", "0.5"), 64, "--eval")
    expectRefusal(try train("--temperature", "t"), 64, "--temperature-limit")
    expectRefusal(try run("info", "none.plan"), 66, "none.plan")
    expectRefusal(try run("info", "d.pack"), 65, "d.pack")
    expectRefusal(try run("eval", "p.plan", "--data", "p.plan"), 65, "p.plan")
    expectRefusal(try run("eval", "p.plan", "--data", "d.pack", "--checkpoint", "d.pack"), 65, "d.pack")
    expectRefusal(
      try run("train", "p.plan", "--data", "d.pack", "--checkpoint", "no/such/c.ckpt", "-q", "--steps", "1"), 73,
      "no/such/c.ckpt")
    var plan = try scratch.read("p.plan")
    plan[plan.count / 2] ^= 4
    try scratch.write("bad.plan", plan)
    expectRefusal(try run("info", "bad.plan"), 65, "bad.plan", "SHA-256")
  }

  @Test func helpNamesEveryVerb() throws {
    for words in [["help"], ["--help"], ["train", "--help"]] {
      let result = try runner.run(words, in: scratch.path)
      #expect(result.status == 0)
      for verb in ["info", "selftest", "train", "eval", "predict"] { #expect(result.output.contains(verb)) }
    }
  }
}
