import Espalier
import Foundation
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
    let numbers = (0..<6).map { ring.append($0, isLabelled: $0 < 4) }
    let first = try train("ring:s.ring", "--steps", "2", "--deadline", "0.3")
    #expect(first.json["steps"] as? Int == 1 && first.json["ending"] as? String == "deadline")
    for sample in 4..<6 { ring.label(numbers[sample], as: sample) }
    for sample in 6..<8 { ring.append(sample) }
    #expect(try train("ring:s.ring", "--steps", "2", "--resume").json["steps"] as? Int == 2)
    #expect(try weights("c.ckpt") == reference(2))
  }

  /// Of 48 samples a ring of 8 has the last ones: two batches, and then it has to wait.
  @Test func whatWasOverwrittenIsPassedOver() throws {
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack", "--capacity", "8").status == 0)
    let result = try train("ring:s.ring", "--steps", "12", "--deadline", "0.3")
    #expect(result.json["steps"] as? Int == 2 && result.json["ending"] as? String == "deadline")
  }

  @Test func otherFilesAreNoRings() throws {
    expectRefusal(try scratch.espalier("data", "ring", "d.pack", "--data", "d.npz"), 65, "d.pack")
    #expect(try scratch.espalier("data", "ring", "s.ring", "--data", "d.pack").status == 0)
    try scratch.writeTargets("t.npz", outputs: 3)
    expectRefusal(try scratch.espalier("data", "ring", "s.ring", "--data", "t.npz"), 65, "s.ring")
    var bytes = try scratch.read("s.ring")
    bytes.removeLast()
    try scratch.write("cut.ring", bytes)
    expectRefusal(try train("ring:cut.ring"), 65, "cut.ring")
  }
}
