import Foundation
import Support
import Testing

/// Options that a verb lists are honoured or refused, and advice that is given is not itself refused.
struct UnusedOptionTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
  }

  private func run(_ words: [String]) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  @Test(arguments: [
    (["search", "m.onnx", "--data", "d.npz", "--mode", "f32", "--policy", "none"], "--policy has no use here"),
    (["search", "m.onnx", "--data", "d.npz", "--mode", "f32", "--plans", "cycle-2"], "--plans has no use here"),
    (
      ["search", "m.onnx", "--data", "d.npz", "--mode", "f32", "--stop-after", "select"], "--stop-after has no use here"
    ),
    (["search", "m.onnx", "--data", "d.npz", "--mode", "auto"], "--mode auto has no use here"),
    (["search", "m.onnx", "--data", "d.npz", "--trial", "p.json", "-o", "t.json"], "leave out -o"),
    (["search", "m.onnx", "--data", "d.npz", "--trial", "p.json", "--cache", "c"], "leave out --cache"),
    (["frontier", "m.onnx", "--mode", "f32", "--cap", "1KiB"], "--cap has no use here"),
    (["frontier", "m.onnx", "--mode", "f32", "--stop-after", "select"], "--stop-after has no use here"),
    (["quantize", "m.onnx", "--data", "d.npz", "--percentile", "60"], "--calibration percentile"),
    (["compile", "m.onnx", "--mode", "f32", "--calibration", "mse"], "--calibration-data DATA"),
  ]) func whatWouldBePassedOverIsRefused(words: [String], text: String) throws {
    let refused = try run(words)
    #expect(refused.status == 64 && refused.errors.contains(text), "\(refused.errors)")
    #expect(try scratch.names == ["d.npz", "m.onnx"])
  }

  @Test func aFrontierTakesTheSamplesThatItAsksFor() throws {
    expectRefusal(try run(["frontier", "m.onnx", "--classes", "3"]), 64, "--calibration-data DATA")
    let words = ["frontier", "m.onnx", "--classes", "3", "--calibration-data", "d.npz", "--json"]
    let frontier = try run(words)
    #expect(frontier.status == 0, "\(frontier.errors)")
    try #require(run(["quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx"]).status == 0)
    #expect(try run(["frontier", "q.onnx", "--classes", "3", "--json"]).output == frontier.output)
    #expect(try scratch.names == ["d.npz", "m.onnx", "q.onnx"])
    #expect(try run(["frontier", "m.onnx", "--calibration-data", "none.npz"]).status == 66)
    expectRefusal(try run(["search", "m.onnx", "--data", "d.npz"]), 64, "espalier quantize m.onnx --data d.npz")
  }

  @Test func nothingIsBelowOneSample() throws {
    let words = ["compile", "m.onnx", "--mode", "f32", "--classes", "3", "--policy", "head", "--cap", "1"]
    let one = try run(words + ["--batch", "1"])
    #expect(one.status == 2 && !one.errors.contains("--batch"), "\(one.errors)")
    #expect(try run(words + ["--batch", "4"]).errors.contains("a smaller --batch"))
    expectRefusal(
      try run(["search", "m.onnx", "--data", "d.npz", "--mode", "f32", "--classes", "3", "--cap", "100"]), 2,
      "--cap allows 100")
  }
}
