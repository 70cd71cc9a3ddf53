import Foundation
import Support
import Testing

/// What a command writes is never what it reads, whoever named that, and never what nobody named.
struct OutputTests {
  private let scratch: ScratchFolder
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
  }

  private func run(_ words: [String]) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private func write(_ name: String, _ text: String) throws { try scratch.write(name, Array(text.utf8)) }

  private static let training = ["--classes", "3", "--mode", "f32", "--cap", "none"]

  /// Files that are named in other files, or by a part of a word.
  @Test func whatOtherFilesNameIsKept() throws {
    let search = ["search", "m.onnx", "--data", "d.npz", "--untrained", "--points", "1"] + Self.training
    try #require(run(search + ["-o", "front.json"]).status == 0)
    try write("policy.json", #"{"policy": 1, "default": "bias", "layers": []}"#)
    try write(
      "plans.json",
      #"{"schedule": 1, "plans": [{"name": "a", "policy": "policy.json"}, {"name": "b", "policy": "head"}]}"#)
    try write(
      "board.json",
      """
      {"name": "here", "core": "any", "instruction_sets": [], "cap_bytes": 1000000, "libc": "glibc",
      "clock_mhz": null}
      """)
    try write("formats.json", #"{"formats": 1, "layers": []}"#)
    try #require(run(["quantize", "m.onnx", "--data", "d.npz", "-o", "q.onnx"]).status == 0)
    let integers = ["search", "q.onnx"] + search[2...].map { $0 == "f32" ? "i8" : $0 }
    let compile = ["compile", "m.onnx", "--classes", "3", "--mode", "f32"]
    for (file, words) in [
      ("front.json", compile + ["--policy", "front.json#1", "-o", "front.json"]),
      (
        "front.json",
        ["frontier", "m.onnx", "--classes", "3", "--mode", "f32", "--policy", "front.json#1", "--html", "front.json"]
      ),
      ("policy.json", compile + ["--plans", "plans.json", "-o", "policy.json"]),
      ("plans.json", compile + ["--plans", "plans.json", "-o", "./plans.json"]),
      ("board.json", compile + ["--target", "./board.json", "-o", "board.json"]),
      ("board.json", search + ["--target", "./board.json", "-o", "board.json"]),
      ("formats.json", integers + ["--formats", "formats.json", "-o", "formats.json"]),
      ("formats.json", integers + ["--formats", "formats.json", "-o", "x.json", "--html", "formats.json"]),
    ] {
      let before = try scratch.read(file)
      expectRefusal(try run(words), 64, "\(file) cannot be written")
      #expect(try scratch.read(file) == before)
    }
    #expect(!scratch.exists("x.json"))
  }

  @Test(arguments: ["same", "./same", "-"]) func twoOutputsAreTwoFiles(page: String) throws {
    let words = ["search", "m.onnx", "--data", "d.npz", "--untrained", "--points", "1"] + Self.training
    let refused = try run(words + ["-o", page == "-" ? "-" : "same", "--html", page])
    expectRefusal(refused, 64, "-o and --html both write")
    #expect(try scratch.names == ["d.npz", "m.onnx"])
  }

  // MARK: the model in integers beside a plan

  private let quantizing = ["compile", "m.onnx", "--calibration-data", "d.npz", "--classes", "3", "-o", "p.plan"]

  @Test func aModelInIntegersThatIsThereIsKept() throws {
    let first = try run(quantizing)
    #expect(first.status == 0 && first.output.contains("p.int8.onnx: the model in integers"), "\(first.errors)")
    let (model, plan) = (try scratch.read("p.int8.onnx"), try scratch.read("p.plan"))
    // The same again is no other file.
    #expect(try run(quantizing).status == 0)
    #expect(try scratch.read("p.int8.onnx") == model && scratch.read("p.plan") == plan)
    let other = quantizing + ["--calibration", "minmax"]
    expectRefusal(try run(other), 73, "p.int8.onnx is there already", "espalier compile p.int8.onnx", "-o FILE")
    #expect(try scratch.read("p.int8.onnx") == model && scratch.read("p.plan") == plan)
    // What is only looked at writes nothing.
    #expect(try run(other + ["--stop-after", "select"]).status == 0)
    #expect(try scratch.read("p.int8.onnx") == model)
    #expect(try run(["compile", "--help"]).output.contains("int8.onnx"))
  }

  /// The plan may be replaced; the model in front of it was made with care.
  @Test func aModelThatSomebodyQuantizedIsKept() throws {
    let quantize = ["quantize", "m.onnx", "--data", "d.npz", "--calibration", "minmax", "-o", "p.int8.onnx"]
    try #require(run(quantize).status == 0)
    try #require(run(["compile", "p.int8.onnx", "--classes", "3", "-o", "p.plan"]).status == 0)
    let model = try scratch.read("p.int8.onnx")
    expectRefusal(try run(quantizing), 73, "p.int8.onnx is there already")
    #expect(try scratch.read("p.int8.onnx") == model)
  }

  /// The limit of the size of files lets the model through and the plan not.
  @Test func aPlanThatCannotBeWrittenLeavesNoModelBehind() throws {
    try #require(run(quantizing).status == 0)
    let (model, plan) = (try scratch.read("p.int8.onnx").count, try scratch.read("p.plan").count)
    for name in ["p.plan", "p.int8.onnx"] { try FileManager.default.removeItem(atPath: scratch.file(name)) }
    let limit = (model + 1023) / 1024
    try #require(plan > limit * 1024)
    let words = ["-c", "ulimit -f \(limit) && exec \"$@\"", "bash", Command.espalier.path] + quantizing
    let result = try Command(path: "/bin/bash").run(words, in: scratch.path)
    expectRefusal(result, 74, "p.plan cannot be written")
    #expect(try scratch.names == ["d.npz", "m.onnx"])
  }
}
