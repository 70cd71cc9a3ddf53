import Foundation
import Samples
import Support
import Testing

struct TrainTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan("--optimizer", "momentum", "--accumulate", "2", "--lr", "0.01")
  }

  private func train(_ options: String..., checkpoint: String) throws -> CommandResult {
    let fixed = ["train", "p.plan", "--data", "d.npz", "--checkpoint", checkpoint, "--augment", "flip,shift"]
    return try Command.espalier.run(fixed + options, in: scratch.path)
  }

  /// Wherever it stops, going on ends at the same bytes as never having stopped.
  @Test func interruptedTrainingGoesOnBitForBit() throws {
    let steps = ["--steps", "3000", "--seed", "5"]
    let fixed = [
      "train", "p.plan", "--data", "d.npz", "--checkpoint", "i.ckpt", "--augment", "flip,shift", "--every", "3",
    ]
    let stopped = try Command.espalier.run(fixed + steps, in: scratch.path) { process in
      while !scratch.exists("i.ckpt") && process.isRunning { usleep(1000) }
      kill(process.processIdentifier, SIGINT)
    }
    #expect(stopped.status == 130)
    #expect(stopped.errors.contains("interrupted after step") && stopped.errors.contains("next: "))
    #expect(try scratch.names.filter { $0 != "i.ckpt.previous" } == ["d.npz", "i.ckpt", "m.onnx", "p.plan"])
    let middle = try train("--steps", "1", "--resume", "--json", checkpoint: "i.ckpt")
    let done = try #require(middle.json["steps"] as? Int)
    #expect(middle.status == 0 && done >= 3 && done < 3000)

    let end = "\(done + 20)"
    #expect(try train("--steps", end, "--resume", checkpoint: "i.ckpt").status == 0)
    #expect(try train("--steps", end, "--seed", "5", checkpoint: "whole.ckpt").status == 0)
    #expect(try scratch.read("i.ckpt") == scratch.read("whole.ckpt"))
  }

  @Test func aDeadlineStopsAndTheResultIsWhole() throws {
    let first = try train("--deadline", "1e-9", "--json", checkpoint: "c.ckpt")
    #expect(first.status == 0 && first.json["ending"] as? String == "deadline" && first.json["steps"] as? Int == 1)
    let next = try train("--resume", "--steps", "2", "--json", checkpoint: "c.ckpt")
    #expect(next.json["first_step"] as? Int == 1 && next.json["steps"] as? Int == 2)
    #expect((next.json["losses"] as? [Double])?.count == 1)
  }

  @Test func theSeedDecidesTheOrder() throws {
    for (name, seed) in [("a.ckpt", "1"), ("b.ckpt", "1"), ("c.ckpt", "2")] {
      #expect(try train("--epochs", "1", "--seed", seed, checkpoint: name).status == 0)
    }
    #expect(try scratch.read("a.ckpt") == scratch.read("b.ckpt"))
    #expect(try scratch.read("a.ckpt") != scratch.read("c.ckpt"))
    let other = try train("--resume", "--seed", "2", checkpoint: "a.ckpt")
    expectRefusal(other, 64, "--seed 2", "seed 1")
  }

  @Test func withoutALimitThePlansScheduleIsTrained() throws {
    let result = try train("--json", "--quiet", checkpoint: "c.ckpt")
    #expect(result.json["steps"] as? Int == 60 && result.errors.isEmpty)
  }

  @Test func whatItLearnsIsEvaluated() throws {
    let result = try train("--epochs", "12", "--eval", "d.npz", "--json", checkpoint: "c.ckpt")
    let evaluations = try #require(result.json["evaluations"] as? [[String: Any]])
    #expect(evaluations.count == 12)
    let losses = try #require(result.json["losses"] as? [Double])
    #expect(losses.last! < losses.first! / 2)
    let evaluated = try scratch.espalier("eval", "p.plan", "--data", "d.npz", "--checkpoint", "c.ckpt", "--json")
    #expect(evaluated.json["accuracy"] as? Double == evaluations.last?["accuracy"] as? Double)
    #expect(try #require(evaluated.json["accuracy"] as? Double) > 0.9)
  }

  @Test func divergenceIsAnAnswerAndWritesNothing() throws {
    let compile = ["compile", "--mode", "f32", "m.onnx", "-o", "q.plan", "--classes", "3", "--lr", "1e30"]
    #expect(try Command.espalier.run(compile, in: scratch.path).status == 0)
    let result = try scratch.espalier("train", "q.plan", "--data", "d.npz", "--steps", "20", "--json")
    expectRefusal(result, 1, "diverged")
    #expect(!scratch.exists("q.ckpt"))
  }

  /// Packing is slow enough to be stopped half-way: it removes what it has begun.
  @Test func interruptedPackingLeavesNothing() throws {
    let side = 28
    let count = 60_000
    let sizes = [count, side, side].flatMap { withUnsafeBytes(of: UInt32($0).bigEndian) { [UInt8]($0) } }
    let pixels = [UInt8](repeating: 7, count: count * side * side)
    try scratch.write("t-images-idx3-ubyte", [0, 0, 8, 3] + sizes + pixels)
    let classes = [UInt8](repeating: 1, count: count)
    try scratch.write("t-labels-idx1-ubyte", [0, 0, 8, 1] + sizes[..<4] + classes)
    let before = try scratch.names
    let pack = ["data", "pack", "t-images-idx3-ubyte", "-o", "t.pack", "--size", "64"]
    let result = try Command.espalier.run(pack, in: scratch.path) { process in
      while try scratch.names == before && process.isRunning { usleep(1000) }
      kill(process.processIdentifier, SIGINT)
    }
    #expect(result.status == 130 && result.output.isEmpty)
    #expect(try scratch.names == before)
  }
}
