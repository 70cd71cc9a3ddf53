import Espalier
import Foundation
import Support
import Testing

/// Deltas and checkpoints from the command line, on trainings in floats and in integers.
struct DeltaTests {
  /// A model, samples, a plan and a checkpoint.
  private static let made: [String: Result<Folder, any Error>] = Dictionary(
    uniqueKeysWithValues: ["f32", "i8"].map { mode in
      (
        mode,
        Result {
          let scratch = try ScratchFolder()
          try scratch.writeModel()
          try scratch.writeSamples()
          var words = ["--classes", "3", "--batch", "4", "--lr", "0.05", "--steps", "60", "--mode", mode]
          if mode != "f32" { words += ["--calibration-data", "d.npz"] }
          try run(scratch, ["compile", "m.onnx", "-o", "p.plan"] + words)
          try run(
            scratch, ["train", "p.plan", "--data", "d.npz", "--steps", "60", "--checkpoint", "c.ckpt"])
          return Folder(scratch: scratch)
        }
      )
    })

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  private static func run(_ scratch: ScratchFolder, _ words: [String]) throws {
    let result = try Command.espalier.run(words, in: scratch.path)
    guard result.status == 0 else { throw BoardPlansError(text: "\(words): \(result.errors)") }
  }

  private func folder(_ mode: String) throws -> ScratchFolder {
    let made = try #require(DeltaTests.made[mode]).get().scratch
    let scratch = try ScratchFolder()
    // The model in integers, which a plan of a float model is exported by, stands beside the plan.
    for name in try made.names { try scratch.write(name, made.read(name)) }
    return scratch
  }

  private func accuracy(_ scratch: ScratchFolder, _ words: String...) throws -> Int {
    try #require(
      Command.espalier.run(["eval", "--data", "d.npz", "--json"] + words, in: scratch.path).json["correct"] as? Int)
  }

  /// Differences that no float holds are noticed where they are put on a plan, at the latest.
  @Test func sumsThatAreTooLargeAreRefused() throws {
    let scratch = try folder("f32")
    #expect(try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "c.delta").status == 0)
    var delta = try Delta(bytes: scratch.read("c.delta"))
    delta.regions[0].differences[0] = 1e39
    try scratch.write("c.delta", delta.bytes())
    expectRefusal(try scratch.espalier("delta", "apply", "p.plan", "c.delta", "-o", "t.plan"), 1, "so large")
    let merged = ["delta", "merge", "c.delta", "c.delta", "-o", "s.delta", "--weights"]
    expectRefusal(try Command.espalier.run(merged + ["100,1"], in: scratch.path), 1, "so large", "--weights")
    expectRefusal(try Command.espalier.run(merged + ["10,1"], in: scratch.path), 1, "so large", "--weights")
    let alone = ["delta", "merge", "c.delta", "-o", "s.delta", "--weights", "1e38"]
    expectRefusal(try Command.espalier.run(alone, in: scratch.path), 1, "so large", "--weights")
    #expect(!scratch.exists("t.plan") && !scratch.exists("s.delta"))
    delta.regions[0].differences[0] = 1e17
    try scratch.write("c.delta", delta.bytes())
    #expect(try Command.espalier.run(merged + ["10,1"], in: scratch.path).status == 0)
  }

  @Test(arguments: ["f32", "i8"]) func rawIsExactThereAndBack(mode: String) throws {
    let scratch = try folder(mode)
    let made = try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "c.delta", "--json").json
    #expect(made["codec"] as? String == "raw" && made["loss"] as? Double == 0 && made["steps"] as? Int == 60)
    #expect(try scratch.espalier("delta", "apply", "p.plan", "c.delta", "-o", "t.plan").status == 0)
    #expect(try scratch.espalier("checkpoint", "apply", "p.plan", "c.ckpt", "-o", "u.plan").status == 0)
    #expect(try scratch.read("t.plan") == scratch.read("u.plan"))
    #expect(try scratch.read("t.plan") != scratch.read("p.plan"))
    #expect(try accuracy(scratch, "t.plan") == accuracy(scratch, "p.plan", "--checkpoint", "c.ckpt"))
    #expect(try scratch.espalier("delta", "revert", "t.plan", "c.delta", "-o", "back.plan").status == 0)
    #expect(try scratch.read("back.plan") == scratch.read("p.plan"))
    // The trained plan trains on, and leaves as ONNX.
    #expect(
      try scratch.espalier("train", "t.plan", "--data", "d.npz", "--steps", "5", "--checkpoint", "t.ckpt").status == 0)
    for words in [["export", "t.plan"], ["checkpoint", "export", "p.plan", "c.ckpt"]] {
      let exported = try Command.espalier.run(words + ["-o", "\(words[0]).onnx"], in: scratch.path)
      #expect(exported.status == 0, "\(exported.errors)")
    }
    #expect(try scratch.read("export.onnx") == scratch.read("checkpoint.onnx"))
  }

  @Test(arguments: ["8bit", "ternary", "1bit"]) func smallCodecsKeepMostOfIt(codec: String) throws {
    let scratch = try folder("f32")
    let raw = try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "r.delta", "--json").json
    let small = try scratch.espalier(
      "delta", "make", "p.plan", "c.ckpt", "-o", "s.delta", "--codec", codec, "--json"
    ).json
    let limits = ["8bit": (0.01, 3.0), "ternary": (0.6, 4.0), "1bit": (0.7, 4.5)]
    let (loss, shrink) = try #require(limits[codec])
    #expect(try #require(small["loss"] as? Double) < loss)
    let (whole, less) = (try #require(raw["bytes"] as? Int), try #require(small["bytes"] as? Int))
    #expect(Double(whole) / Double(less) > shrink, "\(whole) \(less)")
    #expect(try scratch.espalier("delta", "apply", "p.plan", "s.delta", "-o", "t.plan").status == 0)
    #expect(try accuracy(scratch, "t.plan") > accuracy(scratch, "p.plan"))
  }

  @Test func mergingIsASum() throws {
    let scratch = try folder("i8")
    #expect(try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "a.delta").status == 0)
    #expect(
      try scratch.espalier("delta", "merge", "a.delta", "a.delta", "-o", "b.delta", "--weights", "3,-2").status == 0)
    #expect(try scratch.read("b.delta") == scratch.read("a.delta"))
    #expect(try scratch.espalier("delta", "merge", "a.delta", "a.delta", "-o", "m.delta").status == 0)
    #expect(try scratch.read("m.delta") == scratch.read("a.delta"))
    #expect(
      try scratch.espalier("delta", "merge", "a.delta", "a.delta", "-o", "z.delta", "--weights", "1,-1").status == 0)
    #expect(try scratch.espalier("delta", "apply", "p.plan", "z.delta", "-o", "z.plan").status == 0)
    #expect(try scratch.read("z.plan") == scratch.read("p.plan"))
  }

  @Test func anotherBaseIsRefusedUntilRebased() throws {
    let scratch = try folder("f32")
    #expect(try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "a.delta").status == 0)
    // The same network, another plan: it starts from what was trained.
    #expect(try scratch.espalier("checkpoint", "apply", "p.plan", "c.ckpt", "-o", "n.plan").status == 0)
    expectRefusal(try scratch.espalier("delta", "apply", "n.plan", "a.delta", "-o", "t.plan"), 1, "a.delta", "rebase")
    expectRefusal(try scratch.espalier("delta", "revert", "p.plan", "a.delta", "-o", "t.plan"), 1, "a.delta")
    #expect(!scratch.exists("t.plan"))
    #expect(try scratch.espalier("delta", "rebase", "n.plan", "a.delta", "-o", "b.delta").status == 0)
    #expect(try scratch.espalier("delta", "apply", "n.plan", "b.delta", "-o", "t.plan").status == 0)
    expectRefusal(try scratch.espalier("delta", "merge", "a.delta", "b.delta", "-o", "c.delta"), 1, "b.delta")
    let third = try scratch.espalier("delta", "merge", "a.delta", "a.delta", "b.delta", "-o", "c.delta")
    expectRefusal(third, 1, "error: b.delta")
    let other = try folder("i8")
    try scratch.write("i.plan", other.read("p.plan"))
    expectRefusal(try scratch.espalier("delta", "rebase", "i.plan", "a.delta", "-o", "x.delta"), 1, "tensor")
  }

  @Test func damagedDeltasAreRefused() throws {
    let scratch = try folder("i8")
    for codec in ["raw", "8bit", "ternary", "1bit"] {
      #expect(
        try scratch.espalier("delta", "make", "p.plan", "c.ckpt", "-o", "a.delta", "--codec", codec).status == 0)
      let bytes = try scratch.read("a.delta")
      #expect(try Delta(bytes: bytes).bytes() == bytes)
      for cut in 0..<200 {
        let error = #expect(throws: DeltaError.self) { try Delta(bytes: Array(bytes.prefix(bytes.count * cut / 200))) }
        #expect(error == .notADelta || { if case .length = error { true } else { false } }())
      }
      for flip in 0..<200 {
        var other = bytes
        other[bytes.count * flip / 200] ^= UInt8(1 << (flip % 8))
        #expect(throws: DeltaError.self) { try Delta(bytes: other) }
      }
    }
    try scratch.write("a.delta", [1, 2, 3])
    expectRefusal(try scratch.espalier("delta", "apply", "p.plan", "a.delta", "-o", "t.plan"), 65, "a.delta")
    expectRefusal(try scratch.espalier("delta", "apply", "p.plan", "none.delta", "-o", "t.plan"), 66, "none.delta")
    #expect(!scratch.exists("t.plan"))
  }

  @Test func checkpointsAreShownAndCompared() throws {
    let scratch = try folder("i8")
    #expect(
      try scratch.espalier("train", "p.plan", "--data", "d.npz", "--steps", "20", "--checkpoint", "e.ckpt").status == 0)
    let shown = try scratch.espalier("checkpoint", "show", "c.ckpt", "--json").json
    #expect(shown["step"] as? Int == 60 && shown["samples"] as? Int == 240 && shown["is_previous"] as? Bool == false)
    let same = try scratch.espalier("checkpoint", "compare", "p.plan", "c.ckpt", "c.ckpt", "--json")
    #expect(same.status == 0 && same.json["equal"] as? Bool == true)
    let other = try scratch.espalier("checkpoint", "compare", "p.plan", "c.ckpt", "e.ckpt", "--json")
    #expect(other.status == 1 && other.json["equal"] as? Bool == false)
    let tensors = try #require(other.json["tensors"] as? [[String: Any]])
    #expect(tensors.contains { $0["changed"] as? Int ?? 0 > 0 })
    var rotten = try scratch.read("e.ckpt")
    try scratch.write("e.ckpt.previous", rotten)
    rotten[rotten.count / 2] ^= 1
    try scratch.write("e.ckpt", rotten)
    let fallback = try scratch.espalier("checkpoint", "show", "e.ckpt", "--json")
    #expect(fallback.json["is_previous"] as? Bool == true && fallback.errors.contains("damaged"))
    try FileManager.default.removeItem(atPath: scratch.file("e.ckpt.previous"))
    expectRefusal(try scratch.espalier("checkpoint", "show", "e.ckpt"), 65, "e.ckpt")
    expectRefusal(try scratch.espalier("checkpoint", "show", "none.ckpt"), 66, "none.ckpt")
  }
}
