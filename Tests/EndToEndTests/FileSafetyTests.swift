import Foundation
import Support
import Testing

/// No command destroys what it reads, what another one writes, or what a training has learned.
struct FileSafetyTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan("--optimizer", "momentum", "--lr", "0.01")
  }

  private func run(_ words: [String], environment: [String: String] = [:], started: (Process) throws -> Void = { _ in })
    throws -> CommandResult
  { try Command.espalier.run(words, in: scratch.path, environment: environment, started: started) }

  private func train(_ words: String..., started: (Process) throws -> Void = { _ in }) throws -> CommandResult {
    try run(["train", "p.plan", "--data", "d.npz", "--checkpoint", "c.ckpt"] + words, started: started)
  }

  private static let overInputs: [[String]] = [
    ["train", "p.plan", "--data", "d.npz", "--checkpoint", "p.plan"],
    ["train", "p.plan", "--data", "d.npz", "--checkpoint", "d.npz"],
    ["train", "p.plan", "--data", "d.npz", "--checkpoint", "hard"],
    ["train", "p.plan", "--data", "d.npz", "--checkpoint", "soft"],
    ["compile", "m.onnx", "-o", "m.onnx", "--mode", "f32"], ["compile", "m.onnx", "-o", "sub/../m.onnx"],
    ["data", "pack", "d.npz", "-o", "d.npz"], ["data", "stream", "d.npz", "-o", "./d.npz"],
    ["data", "ring", "d.npz", "--data", "d.npz"], ["export", "p.plan", "-o", "p.plan"],
    ["export", "p.plan", "-o", "m.onnx"], ["predict", "p.plan", "--data", "d.npz", "-o", "d.npz"],
    ["gradients", "p.plan", "--data", "d.npz", "-o", "hard"],
    ["quantize", "m.onnx", "--data", "d.npz", "-o", "m.onnx"],
    ["inspect", "p.plan", "--html", "p.plan"], ["frontier", "m.onnx", "--mode", "f32", "--html", "m.onnx"],
    ["data", "pack", "pictures", "-o", "pictures/a/1.png"],
  ]

  @Test(arguments: overInputs) func outputsThatAreInputsAreRefused(words: [String]) throws {
    try scratch.write("sub/x", [])
    try scratch.write("pictures/a/1.png", [1, 2, 3])
    let manager = FileManager.default
    try manager.linkItem(atPath: scratch.file("p.plan"), toPath: scratch.file("hard"))
    if words.contains("gradients") {
      try manager.removeItem(atPath: scratch.file("hard"))
      try manager.linkItem(atPath: scratch.file("d.npz"), toPath: scratch.file("hard"))
    }
    try manager.createSymbolicLink(atPath: scratch.file("soft"), withDestinationPath: "d.npz")
    let before = try ["p.plan", "d.npz", "m.onnx", "hard", "soft", "pictures/a/1.png"].map { try scratch.read($0) }
    expectRefusal(try run(words), 64, "cannot be written")
    let after = try ["p.plan", "d.npz", "m.onnx", "hard", "soft", "pictures/a/1.png"].map { try scratch.read($0) }
    #expect(before == after)
    #expect(try scratch.names == ["d.npz", "hard", "m.onnx", "p.plan", "pictures", "soft", "sub"])
  }

  @Test func aCheckpointIsNotBegunAnewUnasked() throws {
    #expect(try train("--steps", "2", "--seed", "1").status == 0)
    let first = try scratch.read("c.ckpt")
    expectRefusal(try train("--steps", "2"), 73, "c.ckpt is there already", "--resume", "--overwrite")
    #expect(try scratch.read("c.ckpt") == first)
    let both = try train("--resume", "--overwrite")
    #expect(both.status == 64 && both.errors.contains("--resume and --overwrite contradict each other"))
    #expect(try train("--steps", "2", "--seed", "1", "--overwrite").status == 0)
    #expect(try scratch.read("c.ckpt") == first && scratch.read("c.ckpt.previous") == first)
    #expect(try scratch.names == ["c.ckpt", "c.ckpt.previous", "d.npz", "m.onnx", "p.plan"])
  }

  /// What was trained with other data cannot be meant by a forgotten `--resume`: it is kept, and that is said.
  @Test func aCheckpointOfOtherDataIsKept() throws {
    var kept: [[UInt8]] = []
    for (round, name) in ["c.ckpt.step-2", "c.ckpt.step-2.2"].enumerated() {
      #expect(try train("--steps", "2", "--overwrite").status == 0)
      kept.append(try scratch.read("c.ckpt"))
      try scratch.writeSamples("e.npz", labels: [0: Int64(round + 1)])
      let run = try scratch.espalier("train", "p.plan", "--data", "e.npz", "--steps", "2", "--checkpoint", "c.ckpt")
      #expect(run.status == 0 && run.errors.contains("c.ckpt was trained with other data: it is now \(name)"))
      #expect(try scratch.read(name) == kept[round])
    }
  }

  /// The second is told; once the first is gone, however it went, another may go on.
  @Test func twoTrainingsOfOneCheckpointAreOneTooMany() throws {
    let killed = try train("--steps", "1000000", "--every", "1") { process in
      while !scratch.exists("c.ckpt") && process.isRunning { usleep(1000) }
      expectRefusal(try train("--steps", "2", "--resume"), 73, "c.ckpt is being written by another training")
      kill(process.processIdentifier, SIGKILL)
    }
    #expect(killed.status == SIGKILL && scratch.exists("c.ckpt.espalier-lock"))
    #expect(try train("--steps", "1", "--resume").status == 0)
    #expect(!scratch.exists("c.ckpt.espalier-lock"))
  }

  /// Nothing that stands where a temporary file goes is followed, written to or removed, unless it is ours.
  @Test func whatStandsInPlaceOfTemporaryFilesIsKept() throws {
    try scratch.write("treasure", [1, 2, 3])
    for name in ["c.ckpt.espalier-tmp", "c.ckpt.espalier-lock"] {
      try FileManager.default.createSymbolicLink(atPath: scratch.file(name), withDestinationPath: "treasure")
      expectRefusal(try train("--steps", "1"), 73, "c.ckpt")
      try FileManager.default.removeItem(atPath: scratch.file(name))
      try FileManager.default.linkItem(atPath: scratch.file("treasure"), toPath: scratch.file(name))
      expectRefusal(try train("--steps", "1"), 73, "c.ckpt", "did not make")
      #expect(try scratch.read("treasure") == [1, 2, 3] && scratch.read(name) == [1, 2, 3])
      try FileManager.default.removeItem(atPath: scratch.file(name))
    }
    // What a training that was killed leaves behind is no hindrance: an empty lock, and the beginning of a checkpoint.
    try scratch.write("c.ckpt.espalier-lock", [])
    try scratch.write("c.ckpt.espalier-tmp", Array("ESPCKPT\0 and so on".utf8))
    #expect(try train("--steps", "1").status == 0)
    #expect(!scratch.exists("c.ckpt.espalier-tmp") && !scratch.exists("c.ckpt.espalier-lock"))
  }

  /// Files of others whose names begin like that of a checkpoint, and those that the same command reads.
  @Test func namesBesideACheckpointThatOthersHaveAreLeftAlone() throws {
    let strangers = ["c.ckpt.lock", "c.ckpt.tmp", "c.ckpt.pages", "c.ckpt.previous"]
    for name in strangers { try scratch.write(name, [1, 2, 3]) }
    // The first is written, and does not become the previous one of a file that is none of ours.
    expectRefusal(try train("--steps", "2", "--every", "1", "--overwrite"), 73, "c.ckpt", "did not make")
    for name in strangers { #expect(try scratch.read(name) == [1, 2, 3], "\(name)") }
    for suffix in [".previous", ".espalier-lock", ".espalier-tmp", ".pages"] {
      try scratch.write("k" + suffix, scratch.read("p.plan"))
      try scratch.write("d" + suffix, scratch.read("d.npz"))
      let before = try scratch.read("p.plan")
      expectRefusal(
        try run(["train", "k" + suffix, "--data", "d.npz", "--checkpoint", "k"]), 64, "k\(suffix) cannot be written")
      expectRefusal(
        try run(["train", "p.plan", "--data", "d" + suffix, "--checkpoint", "d"]), 64, "d\(suffix) cannot be written")
      #expect(try scratch.read("k" + suffix) == before && scratch.exists("d" + suffix))
    }
    for name in ["x.espalier-lock", "x.espalier-tmp"] {
      expectRefusal(try run(["train", "p.plan", "--data", "d.npz", "--checkpoint", name]), 73, name)
      #expect(!scratch.exists(name))
    }
  }

  /// Two trainings that write one slot are two of one checkpoint.
  @Test func aTrainingOfTheSlotOfAnotherIsTold() throws {
    for (first, second) in [("c.ckpt", "c.ckpt.previous"), ("s.previous", "s")] {
      func words(_ name: String, _ steps: String) -> [String] {
        ["train", "p.plan", "--data", "d.npz", "--checkpoint", name, "--steps", steps, "--overwrite", "--every", "1"]
      }
      let killed = try run(words(first, "1000000")) { process in
        while !scratch.exists(first) && process.isRunning { usleep(1000) }
        expectRefusal(try run(words(second, "2")), 73, "\(second) is being written by another training")
        kill(process.processIdentifier, SIGTERM)
      }
      #expect(killed.status == 130)
    }
  }

  /// Nobody reads from the pipe: it is not waited for.
  @Test(arguments: [
    ["train", "p.plan", "--data", "d.npz", "--steps", "1", "--checkpoint", "pipe"],
    ["compile", "m.onnx", "--mode", "f32", "-o", "pipe"], ["data", "pack", "d.npz", "-o", "pipe"],
    ["predict", "p.plan", "--data", "d.npz", "-o", "pipe"],
  ])
  func aPipeWithoutAReaderIsRefused(words: [String]) throws {
    try #require(mkfifo(scratch.file("pipe"), 0o600) == 0)
    expectRefusal(try run(words), 73, "nobody reads from the pipe pipe")
  }

  /// A terminal that is closed tells more than once.
  @Test func aLostTerminalIsAStopLikeAnyOther() throws {
    let stopped = try train("--steps", "1000000", "--every", "1") { process in
      while !scratch.exists("c.ckpt") && process.isRunning { usleep(1000) }
      for _ in 0..<3 { kill(process.processIdentifier, SIGHUP) }
    }
    #expect(stopped.status == 130 && stopped.errors.contains("interrupted after step"))
    #expect(try train("--steps", "1", "--resume").status == 0)
  }

  @Test func otherDataIsNoticedWhenTrainingGoesOn() throws {
    #expect(try train("--steps", "3").status == 0)
    let same = try train("--steps", "5", "--resume")
    #expect(same.status == 0 && !same.errors.contains("other data"))
    try scratch.writeSamples("e.npz", count: 24)
    let other = try run(["train", "p.plan", "--data", "e.npz", "--checkpoint", "c.ckpt", "--resume", "--steps", "6"])
    #expect(other.status == 0 && other.errors.contains("c.ckpt was trained with other data"), "\(other.errors)")
  }

  @Test(arguments: [
    ["compile", "pipe"], ["inspect", "pipe"], ["train", "p.plan", "--data", "pipe"],
    ["eval", "pipe", "--data", "d.npz"],
    ["data", "pack", "pipe", "-o", "x"], ["delta", "apply", "p.plan", "pipe", "-o", "x"],
    ["checkpoint", "show", "pipe"],
    ["compile", "m.onnx", "--policy", "./pipe"], ["place", "pipe"], ["targets", "--target", "./pipe"],
    ["train", "p.plan", "--data", "/dev/zero"], ["place", "."],
  ])
  func whatIsNoFileIsRefusedAtOnce(words: [String]) throws {
    try #require(mkfifo(scratch.file("pipe"), 0o600) == 0)
    expectRefusal(try run(words), 65, "not a file")
  }

  /// As a limit of the shell sets it: an error of write, and what was there stays.
  @Test func filesThatGetTooLargeAreAnErrorOfWriting() throws {
    #expect(try train("--steps", "1").status == 0)
    let first = try scratch.read("c.ckpt")
    let words = "train p.plan --data d.npz --checkpoint c.ckpt --resume --steps 2"
    let status = try Command(path: "/bin/sh").run(
      ["-c", "ulimit -f 0; \(Command.espalier.path) \(words) >/dev/null 2>&1"], in: scratch.path)
    #expect(status.status == 74)
    #expect(try scratch.read("c.ckpt") == first)
  }

  /// Address space that runs out is said in a sentence.
  @Test func tooLittleMemoryIsSaid() throws {
    try scratch.write("big.csv", [])
    try #require(truncate(scratch.file("big.csv"), 900 << 20) == 0)
    let big = try Command(path: "/bin/sh").run(
      ["-c", "ulimit -v 1500000; exec \(Command.espalier.path) place big.csv"], in: scratch.path)
    #expect(big.status == 2 && big.errors.hasPrefix("error: the system has not got"), "\(big.status) \(big.errors)")
  }

  /// A preset is itself, whatever the working folder holds.
  @Test func presetsAreNotTakenForFiles() throws {
    try scratch.write("bias", Array("{}".utf8))
    try scratch.write("last-1/x", [])
    try scratch.write("cycle-2", Array("{}".utf8))
    for words in [["--policy", "bias"], ["--policy", "last-1"], ["--plans", "cycle-2"]] {
      let result = try run(["compile", "m.onnx", "-o", "q.plan", "--mode", "f32", "--classes", "3"] + words)
      #expect(result.status == 0, "\(result.errors)")
    }
    let many = try run(["compile", "m.onnx", "-o", "q.plan", "--mode", "f32", "--policy", "last-999"])
    expectRefusal(many, 64, "last-999")
  }

  @Test func theDefaultOfAugmentIsAValueOfIt() throws {
    #expect(try train("--steps", "1", "--augment", "none").status == 0)
  }
}
