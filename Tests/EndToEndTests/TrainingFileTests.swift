import Foundation
import Support
import Testing

/// What trainings write: nothing is lost for it, what cannot be written is told at the start, and only some may read it.
struct TrainingFileTests {
  private let scratch: ScratchFolder
  private let runner: Command

  init() throws {
    scratch = try ScratchFolder()
    let made = try RunnerTests.bundle.get().scratch
    for name in ["d.npz", "d.pack", "p.plan"] { try scratch.write(name, made.read(name)) }
    runner = Command(path: made.file("b/runner"))
  }

  /// The command and the runner.
  private var programs: [Command] { [Command.espalier, runner] }

  private func train(_ program: Command, _ words: String...) throws -> CommandResult {
    try program.run(["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt"] + words, in: scratch.path)
  }

  private func shell(_ line: String) throws -> CommandResult {
    try Command(path: "/bin/sh").run(["-c", line], in: scratch.path)
  }

  /// Removes what a training has written.
  private func clear() throws {
    for name in try scratch.names where !["d.npz", "d.pack", "p.plan"].contains(name) {
      try FileManager.default.removeItem(atPath: scratch.file(name))
    }
  }

  private func permissions(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: scratch.file(name))[.posixPermissions] as? Int
  }

  /// No file that is opened takes the place of standard output or error, to have lines written into it; and where there is
  /// no standard output, results that go there are lost with a word.
  @Test func closedStreamsAreNoFiles() throws {
    for program in programs {
      let words = "train p.plan --data d.pack --checkpoint"
      #expect(
        try program.run(words.split(separator: " ").map(String.init) + ["a", "--steps", "6"], in: scratch.path).status
          == 0)
      #expect(try shell("exec \(program.path) \(words) b --steps 6 <&- >log 2>&-").status == 0)
      #expect(try scratch.read("a") == scratch.read("b"))
      #expect(try shell("exec \(program.path) \(words) c --steps 6 <&- >&- 2>&-").status == 74)
      // A lock that a training left behind when it was killed is empty: the next one goes on.
      let line = "exec \(program.path) \(words) k --steps 100000000 --every 1 <&- >log 2>&-"
      _ = try Command(path: "/bin/sh").run(["-c", line], in: scratch.path) { process in
        while !scratch.exists("k") && process.isRunning { usleep(1000) }
        kill(process.processIdentifier, SIGKILL)
      }
      // Between two renames the newest checkpoint is the previous one.
      #expect(scratch.exists("k.espalier-lock") && (scratch.exists("k") || scratch.exists("k.previous")))
      #expect(try scratch.read("k.espalier-lock").isEmpty)
      #expect(try shell("\(program.path) \(words) k --resume --steps 1").status == 0)
      try clear()
    }
    #expect(try shell("exec \(Command.espalier.path) predict p.plan --data d.npz -o - >&-").status == 74)
    #expect(try shell("exec \(Command.espalier.path) data ring s.ring --data d.npz <&- >&- 2>&-").status == 74)
    #expect(try scratch.read("s.ring").starts(with: Array("ESPRING\0".utf8)))
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.npz", "--json").json["written"] as? Int == 96)
  }

  /// The best checkpoint obeys the rules of any: not over what is there unasked, and never over what is none.
  @Test func theBestCheckpointReplacesNothingUnasked() throws {
    try scratch.write("text", Array("the only copy".utf8))
    let judged = ["--steps", "2", "--eval", "d.pack", "--best"]
    func best(_ name: String, _ words: String...) throws -> CommandResult {
      try runner.run(
        ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt"] + judged + [name] + words, in: scratch.path)
    }
    expectRefusal(try best("text"), 73, "text is there already", "--overwrite")
    for way in ["--overwrite", "--resume"] {
      expectRefusal(try best("text", way), 73, "text cannot be written", "did not make")
    }
    #expect(try scratch.read("text") == Array("the only copy".utf8) && !scratch.exists("c.ckpt"))
    #expect(try best("b.ckpt").status == 0)
    let first = try scratch.read("b.ckpt")
    expectRefusal(try best("b.ckpt", "--seed", "5"), 73, "is there already")
    try FileManager.default.removeItem(atPath: scratch.file("c.ckpt"))
    expectRefusal(try best("b.ckpt", "--seed", "5"), 73, "b.ckpt is there already")
    #expect(try best("b.ckpt", "--seed", "5", "--overwrite").status == 0)
    #expect(try scratch.read("b.ckpt") != first && scratch.read("b.ckpt.previous") == first)
  }

  /// What was judged last, after the last step, may be the best; that it was judged travels with the checkpoint.
  @Test func theLastJudgementCounts() throws {
    let result = try train(runner, "--steps", "2", "--eval", "d.pack", "--best", "b.ckpt", "--json", "-q")
    let accuracy = try #require(result.json["accuracy"] as? Double, "\(result.errors)")
    try #require(accuracy > 0)
    #expect(try scratch.read("b.ckpt") == scratch.read("c.ckpt") && !scratch.exists("c.ckpt.previous"))
    let shown = try scratch.espalier("checkpoint", "show", "c.ckpt", "--json").json
    #expect(shown["step"] as? Int == 2)
    #expect(abs((shown["best_accuracy"] as? Double ?? 0) - accuracy) < 1e-5)
    // One that goes on does not take a worse one for the best.
    let best = try scratch.read("b.ckpt")
    let next = try train(runner, "--steps", "3", "--resume", "--eval", "d.pack", "--best", "b.ckpt", "--json", "-q")
    let later = try #require(next.json["accuracy"] as? Double, "\(next.errors)")
    #expect(try (scratch.read("b.ckpt") == best) == (later <= accuracy))
  }

  /// Before the first step: afterwards, all that was learned would be lost.
  @Test func whatCannotBeWrittenIsToldAtTheStart() throws {
    for program in programs {
      for name in ["c.ckpt.previous", "c.ckpt.espalier-tmp", "c.ckpt.espalier-lock"] {
        #expect(try train(program, "--steps", "1").status == 0)
        let before = try scratch.read("c.ckpt")
        try scratch.write(name, Array("mine".utf8))
        for way in ["--overwrite", "--resume"] {
          let refused = try train(program, way, "--steps", "4")
          expectRefusal(refused, 73, "c.ckpt cannot be written", "did not make")
          #expect(try scratch.read("c.ckpt") == before && scratch.read(name) == Array("mine".utf8))
        }
        try clear()
      }
      try scratch.write("c.ckpt", Array("the only copy".utf8))
      expectRefusal(try train(program, "--overwrite"), 73, "c.ckpt cannot be written", "did not make")
      #expect(try scratch.read("c.ckpt") == Array("the only copy".utf8))
      #expect(try scratch.names == ["c.ckpt", "d.npz", "d.pack", "p.plan"])
      try clear()
    }
    try FileManager.default.createDirectory(atPath: scratch.file("folder"), withIntermediateDirectories: false)
    for words in [["--best", "folder", "--eval", "d.pack", "--overwrite"], ["--checkpoint", "folder", "--overwrite"]] {
      let refused = try runner.run(
        ["train", "p.plan", "--data", "d.pack", "--checkpoint", "c.ckpt"] + words, in: scratch.path)
      expectRefusal(refused, 73, "folder cannot be written")
    }
    #expect(try scratch.names == ["d.npz", "d.pack", "folder", "p.plan"])
  }

  /// A best checkpoint that cannot be written any more does not take the training with it.
  @Test func aBestCheckpointThatFailsLeavesTheTraining() throws {
    let failed = try train(runner, "--steps", "100", "--eval", "d.pack", "--best", "/dev/full")
    #expect(failed.status == 74 && failed.errors.contains("/dev/full cannot be written"), "\(failed.errors)")
    #expect(try scratch.espalier("checkpoint", "show", "c.ckpt").status == 0)
    #expect(try train(runner, "--steps", "100", "--resume", "-q").status == 0)
  }

  /// The first write would make the link the previous checkpoint, and the second would fail.
  @Test func aLinkIsNoPlaceForACheckpoint() throws {
    for program in programs {
      #expect(try train(program, "--steps", "1").status == 0)
      try FileManager.default.moveItem(atPath: scratch.file("c.ckpt"), toPath: scratch.file("real"))
      try FileManager.default.createSymbolicLink(atPath: scratch.file("c.ckpt"), withDestinationPath: "real")
      let before = try scratch.read("real")
      for way in ["--overwrite", "--resume"] {
        expectRefusal(try train(program, way, "--steps", "4"), 73, "c.ckpt cannot be written", "symbolic link")
      }
      #expect(try scratch.read("real") == before)
      #expect(try scratch.names == ["c.ckpt", "d.npz", "d.pack", "p.plan", "real"])
      try clear()
    }
  }

  /// What only its owner may read stays so when it is replaced, and so does the one before.
  @Test func permissionsAreKept() throws {
    for program in programs {
      #expect(try train(program, "--steps", "1").status == 0)
      for mode in [0o600, 0o640] {
        #expect(chmod(scratch.file("c.ckpt"), mode_t(mode)) == 0)
        #expect(try train(program, "--steps", "1", "--overwrite").status == 0)
        #expect(try permissions("c.ckpt") == mode && permissions("c.ckpt.previous") == mode)
      }
      try clear()
    }
    #expect(chmod(scratch.file("p.plan"), 0o600) == 0)
    #expect(try scratch.espalier("selftest", "p.plan", "-o", "p.plan").status == 0)
    #expect(try permissions("p.plan") == 0o600)
  }
}
