import Espalier
import Foundation
import Runtime
import Support
import Testing

/// Samples from standard input and from rings.
struct StreamTests {
  private let scratch: ScratchFolder
  private let runner: BoardRunner

  private static let bundle = Result { () throws -> Folder in
    let scratch = try ScratchFolder()
    try scratch.writePlan("--lr", "0.01")
    try #require(scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    let built = try scratch.espalier("build", "p.plan", "--target", "host", "-o", "b")
    try #require(built.status == 0, "\(built.errors)")
    return Folder(scratch: scratch)
  }

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  init() throws {
    scratch = try ScratchFolder()
    let made = try StreamTests.bundle.get().scratch
    for name in ["d.npz", "d.pack", "p.plan"] { try scratch.write(name, made.read(name)) }
    runner = BoardRunner(made.file("b/runner"), of: .host)
  }

  /// The persistent section alone: header and digest tell another progress.
  private func weights(_ name: String) throws -> ArraySlice<UInt8> { try scratch.read(name)[128...].dropLast(32) }

  private func train(_ data: String, _ words: String..., input: String? = nil) throws -> CommandResult {
    let start = words.contains("--resume") ? [] : ["--overwrite"]
    return try runner.run(
      ["train", "p.plan", "--data", data, "--checkpoint", "c.ckpt", "--json", "-q"] + start + words, in: scratch.path,
      input: input)
  }

  /// 12 batches of 4, as they stand in the file.
  private func reference(_ steps: Int = 12) throws -> ArraySlice<UInt8> {
    let result = try scratch.espalier(
      "train", "p.plan", "--data", "d.pack", "--checkpoint", "h.ckpt", "--no-shuffle", "--steps", "\(steps)",
      "--overwrite")
    #expect(result.status == 0)
    return try weights("h.ckpt")
  }

  @Test func aStreamTrainsAsItsPackDoes() throws {
    #expect(try scratch.espalier("data", "stream", "d.pack", "-o", "d.stream").status == 0)
    let result = try train("-", "--steps", "1000", input: "d.stream")
    #expect(result.status == 0 && result.json["ending"] as? String == "samples" && result.json["steps"] as? Int == 12)
    #expect(try weights("c.ckpt") == reference())
  }

  @Test func badStreamsAreRefused() throws {
    #expect(try scratch.espalier("data", "stream", "d.npz", "-o", "d.stream").status == 0)
    let bytes = try scratch.read("d.stream")
    try scratch.write("cut.stream", Array(bytes.dropLast(5)))
    let cut = try train("-", input: "cut.stream")
    #expect(cut.status == 65 && cut.errors.contains("sample 47") && scratch.exists("c.ckpt"))
    try scratch.write("short.stream", Array(bytes.prefix(100)))
    expectRefusal(try train("-", input: "short.stream"), 65, "standard input")
    expectRefusal(try train("-", input: "d.pack"), 65, "standard input")
    var label = bytes
    // 48 samples of a label and 192 floats stand last.
    label[bytes.count - 48 * 4 * 193] = 77
    try scratch.write("label.stream", label)
    expectRefusal(try train("-", input: "label.stream"), 65, "label 77")
    expectRefusal(try train("ring:d.stream"), 65, "d.stream")
    expectRefusal(try train("ring:none"), 66, "none")
  }

  @Test func aRingTrainsAsItsPackDoes() throws {
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    let result = try train("ring:s.ring", "--steps", "12")
    #expect(result.status == 0 && result.json["steps"] as? Int == 12)
    #expect(try weights("c.ckpt") == reference())
    // Nothing new: it waits until the deadline, and goes on when there is more.
    let waiting = try train("ring:s.ring", "--steps", "24", "--resume", "--deadline", "0.2")
    #expect(waiting.json["ending"] as? String == "deadline" && waiting.json["steps"] as? Int == 12)
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    #expect(try train("ring:s.ring", "--steps", "24", "--resume").json["steps"] as? Int == 24)
    #expect(try weights("c.ckpt") == reference(24))
  }

  @Test func samplesWaitForTheirLabels() throws {
    let samples = try Samples(path: scratch.file("d.pack"))
    let ring = try RingWriter(path: scratch.file("s.ring"), for: samples, capacity: 16)
    let numbers = try (0..<6).map { try ring.append($0, isLabelled: $0 < 4) }
    let first = try train("ring:s.ring", "--steps", "2", "--deadline", "0.3")
    #expect(first.json["steps"] as? Int == 1 && first.json["ending"] as? String == "deadline")
    for sample in 4..<6 { ring.label(numbers[sample], as: sample) }
    for sample in 6..<8 { try ring.append(sample) }
    #expect(try train("ring:s.ring", "--steps", "2", "--resume").json["steps"] as? Int == 2)
    #expect(try weights("c.ckpt") == reference(2))
  }

  /// A sensor that is broken gives no sample, also in the middle of one that is fine otherwise.
  @Test(arguments: [Float.nan, .infinity]) func samplesThatAreNoNumbersAreRefused(value: Float) throws {
    let fact = "has a value that is infinite or not a number"
    func put(_ bytes: inout [UInt8], _ offset: Int) {
      bytes.replaceSubrange(offset..<offset + 4, with: withUnsafeBytes(of: value) { [UInt8]($0) })
    }
    try #require(scratch.espalier("data", "stream", "d.npz", "-o", "d.stream").status == 0)
    var stream = try scratch.read("d.stream")
    // Of the 48 samples of a label and 192 floats that stand last: sample 5, number 100.
    put(&stream, stream.count - 43 * 4 * 193 + 4 + 400)
    try scratch.write("bad.stream", stream)
    expectRefusal(try train("-", input: "bad.stream"), 65, "standard input", "sample 5 \(fact)")
    try #require(scratch.espalier("data", "ring", "s.ring", "--data", "d.npz").status == 0)
    var ring = try scratch.read("s.ring")
    // Records of 784 bytes from byte 640 on: number, state, label, 192 floats, and 4 bytes more.
    put(&ring, 640 + 5 * 784 + 12 + 400)
    try scratch.write("bad.ring", ring)
    expectRefusal(try train("ring:bad.ring"), 65, "bad.ring", "sample 6 \(fact)")
    var pack = Array(try scratch.read("d.pack").dropLast(Digest.size))
    // Where the header says that samples begin.
    put(&pack, Int(pack.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 272, as: UInt64.self) }) + 7 * 768 + 400)
    let digest = pack.withUnsafeBytes { Digest(of: Bytes($0)) }
    try scratch.write("bad.pack", pack + withUnsafeBytes(of: digest) { [UInt8]($0) })
    expectRefusal(try train("bad.pack", "--epochs", "1"), 65, "bad.pack", "sample 7 \(fact)")
    let words = ["p.plan", "--data", "bad.pack"]
    expectRefusal(try runner.run(["eval"] + words, in: scratch.path), 65, "bad.pack", "sample 7 \(fact)")
    // Of the batches before it, results are there already.
    let predicted = try runner.run(["predict"] + words, in: scratch.path)
    #expect(predicted.status == 65 && predicted.errors.contains("bad.pack: sample 7 \(fact)"))
    #expect(predicted.output.split(separator: "\n").count == 4)
    expectRefusal(try Command.espalier.run(["eval"] + words, in: scratch.path), 65, "bad.pack", "sample 7 \(fact)")
    let trained = try Command.espalier.run(["train"] + words + ["--epochs", "1"], in: scratch.path)
    expectRefusal(trained, 65, "bad.pack", "sample 7 \(fact)")
  }

  /// Readers know a ring that was made anew by its lower numbers: they do not begin again.
  @Test func aRingWithoutNumbersLeftIsSaid() throws {
    let words = ["data", "ring", "s.ring", "--data", "d.pack"]
    try #require(Command.espalier.run(words + ["--capacity", "10"], in: scratch.path).status == 0)
    func count(_ number: UInt32) throws -> [UInt8] {
      var bytes = try scratch.read("s.ring")
      bytes.replaceSubrange(576..<580, with: withUnsafeBytes(of: number) { [UInt8]($0) })
      try scratch.write("s.ring", bytes)
      return bytes
    }
    let full = try count(.max - 47)
    expectRefusal(try Command.espalier.run(words, in: scratch.path), 73, "s.ring has no numbers left", "4,294,967,295")
    #expect(try scratch.read("s.ring") == full)
    _ = try count(.max - 48)
    let last = try Command.espalier.run(words + ["--json"], in: scratch.path)
    #expect(last.status == 0 && last.json["written"] as? Int == Int(UInt32.max), "\(last.errors)")
    let ring = try RingWriter(path: scratch.file("s.ring"), for: Samples(path: scratch.file("d.pack")))
    #expect(throws: EspalierError.self) { try ring.append(0) }
  }

  /// Of 48 samples a ring of 8 has the last ones: two batches, and then it has to wait.
  @Test func whatWasOverwrittenIsPassedOver() throws {
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack", "--capacity", "8").status == 0)
    let result = try train("ring:s.ring", "--steps", "12", "--deadline", "0.3")
    #expect(result.json["steps"] as? Int == 2 && result.json["ending"] as? String == "deadline")
  }

  /// A ring has one writer: two would count for themselves, and copy into one record at once.
  @Test func aSecondWriterIsTold() throws {
    let words = ["data", "ring", "s.ring", "--data", "d.pack"]
    let first = try Command.espalier.run(words + ["--per-second", "20"], in: scratch.path) { process in
      while !scratch.exists("s.ring") && process.isRunning { usleep(1000) }
      usleep(100_000)
      expectRefusal(try Command.espalier.run(words, in: scratch.path), 73, "s.ring is being written by another process")
      kill(process.processIdentifier, SIGINT)
    }
    #expect(first.status == 130 && first.errors.contains("s.ring is whole"))
    #expect(try Command.espalier.run(words, in: scratch.path).status == 0)
  }

  /// Also where the next sample is hours away.
  @Test(arguments: [SIGINT, SIGTERM]) func aWriterThatWaitsStopsWhenItIsTold(signal: Int32) throws {
    let start = ContinuousClock.now
    let words = ["data", "ring", "s.ring", "--data", "d.pack", "--per-second", "0.0001"]
    let stopped = try Command.espalier.run(words, in: scratch.path) { process in
      while !scratch.exists("s.ring") && process.isRunning { usleep(1000) }
      usleep(300_000)
      kill(process.processIdentifier, signal)
    }
    #expect(stopped.status == 130 && ContinuousClock.now - start < .seconds(60))
    for rate in ["1e-300", "0"] {
      let refused = try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack", "--per-second", rate)
      #expect(refused.status == 64 && refused.errors.contains("at least 0.00001"))
    }
  }

  @Test func aRingThatIsCutWhileItIsWrittenIsSaid() throws {
    let words = ["data", "ring", "s.ring", "--data", "d.pack", "--per-second", "20"]
    let cut = try Command.espalier.run(words, in: scratch.path) { process in
      while !scratch.exists("s.ring") && process.isRunning { usleep(1000) }
      usleep(200_000)
      truncate(scratch.file("s.ring"), 100)
    }
    #expect(cut.status == 74 && cut.errors.contains("s.ring was cut short while it was in use"), "\(cut.errors)")
  }

  /// Room on the disk, and none in memory: 1.2 GB of samples under a limit that holds them once.
  @Test func aLargeRingTakesNoMemory() throws {
    let words = "data ring s.ring --data d.pack --capacity 1500000"
    let made = try Command(path: "/bin/sh").run(
      ["-c", "ulimit -v 1700000; exec \(Command.espalier.path) \(words)"], in: scratch.path)
    #expect(made.status == 0, "\(made.errors)")
    #expect(try scratch.names.contains("s.ring"))
    let full = try Command(path: "/bin/sh").run(
      ["-c", "ulimit -f 100; exec \(Command.espalier.path) data ring t.ring --data d.pack --capacity 1000"],
      in: scratch.path)
    expectRefusal(full, 74, "t.ring cannot be written")
    #expect(try scratch.names.filter { $0.hasPrefix("t.ring") }.isEmpty)
  }

  /// Classes that do not come again are no other samples; further ones are.
  @Test func aRingTakesSamplesOfFewerClasses() throws {
    try scratch.writeSamples("few.npz", count: 2)
    try scratch.writeSamples("more.npz", labels: [0: 3])
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.npz").status == 0)
    let few = try scratch.espalier("data", "ring", "s.ring", "--data", "few.npz", "--json")
    #expect(few.status == 0 && few.json["written"] as? Int == 50, "\(few.errors)")
    let more = try scratch.espalier("data", "ring", "s.ring", "--data", "more.npz")
    expectRefusal(more, 65, "s.ring holds other samples: they are of 3 classes, those of more.npz of 4")
    try scratch.writeRandomSamples("small.npz", [3, 4, 4], classes: 3)
    let small = try scratch.espalier("data", "ring", "s.ring", "--data", "small.npz")
    expectRefusal(small, 65, "they are of 3 x 8 x 8, those of small.npz of 3 x 4 x 4")
  }

  /// A count that falls is said: at the start for another ring, and meanwhile for a second writer.
  @Test func aCountThatFallsIsNoNewRing() throws {
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    #expect(try train("ring:s.ring", "--steps", "12").status == 0)
    try FileManager.default.removeItem(atPath: scratch.file("s.ring"))
    let samples = try Samples(path: scratch.file("d.pack"))
    let ring = try RingWriter(path: scratch.file("s.ring"), for: samples, capacity: 48)
    for sample in 0..<8 { try ring.append(sample) }
    let other = try train("ring:s.ring", "--steps", "14", "--resume")
    #expect(other.status == 0 && other.errors.contains("s.ring is not what the checkpoint was trained with"))

    let words = [
      "train", "p.plan", "--data", "ring:s.ring", "--checkpoint", "c.ckpt", "--resume", "--steps", "100", "--deadline",
      "60",
      "-q",
    ]
    let fallen = try runner.run(words, in: scratch.path) { _ in
      usleep(300_000)
      let file = open(scratch.file("s.ring"), O_RDWR)
      var count: UInt32 = 2
      let written = pwrite(file, &count, 4, 576)
      #expect(written == 4 && close(file) == 0)
    }
    expectRefusal(fallen, 65, "s.ring contradicts itself")
  }

  /// The ring is an input as any other.
  @Test func theRingIsNotWrittenOver() throws {
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    let before = try scratch.read("s.ring")
    for checkpoint in ["s.ring", "s"] {
      try scratch.write("s.previous", before)
      let data = checkpoint == "s" ? "ring:s.previous" : "ring:s.ring"
      let refused = try runner.run(
        ["train", "p.plan", "--data", data, "--checkpoint", checkpoint, "--overwrite"], in: scratch.path)
      expectRefusal(refused, 64, "is another file of this training, too")
    }
    #expect(try scratch.read("s.ring") == before && scratch.read("s.previous") == before)
  }

  @Test func otherFilesAreNoRings() throws {
    let before = try scratch.read("d.pack")
    expectRefusal(
      try scratch.espalier("data", "ring", "d.pack", "--data", "d.npz"), 65, "d.pack is no ring: it is packed data")
    try scratch.write("empty", [])
    expectRefusal(try scratch.espalier("data", "ring", "empty", "--data", "d.npz"), 65, "empty is no ring")
    #expect(try scratch.read("d.pack") == before)
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    try scratch.writeTargets("t.npz", outputs: 3)
    expectRefusal(try scratch.espalier("data", "ring", "s.ring", "--data", "t.npz"), 65, "s.ring")
    var bytes = try scratch.read("s.ring")
    bytes.removeLast()
    try scratch.write("cut.ring", bytes)
    expectRefusal(try train("ring:cut.ring"), 65, "cut.ring")
  }
}
