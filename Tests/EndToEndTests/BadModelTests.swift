import Support
import Testing

@testable import ONNX

/// Models that cannot be compiled: each has its own message, and nothing is written.
struct BadModelTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  private func refuse(_ options: [String] = [], _ facts: String..., status: Int32 = 65) throws {
    let before = try scratch.names
    let result = try Command.espalier.run(
      ["compile", "--mode", "f32", "m.onnx", "-o", "p.plan"] + options, in: scratch.path)
    expectRefusal(result, status)
    for fact in facts { #expect(result.errors.contains(fact), "\(result.errors)") }
    #expect(try scratch.names == before)
  }

  @Test func aFileThatIsCutShort() throws {
    let bytes = try SmallModels.classifier().bytes()
    try scratch.write("m.onnx", Array(bytes[..<(bytes.count / 2)]))
    try refuse([], "m.onnx is cut short", "\(bytes.count / 2) bytes")
  }

  @Test func aFileOfAnotherKind() throws {
    try scratch.write("m.onnx", Array("no model at all".utf8))
    try refuse([], "m.onnx is no ONNX file")
  }

  @Test(arguments: [10, 26])
  func anotherOpset(version: Int64) throws {
    var maker = SmallModels.classifier()
    maker.proto.opsetImport[0].version = version
    try scratch.writeModel("m.onnx", maker)
    try refuse([], "opset \(version)", "11 to 25")
  }

  @Test func anUnknownOperator() throws {
    var maker = SmallModels.classifier()
    maker.proto.graph.node[2].opType = "Frobnicate"
    maker.proto.graph.node[2].name = "strange node"
    try scratch.writeModel("m.onnx", maker)
    try refuse([], "strange node (Frobnicate)")
  }

  @Test func aWeightThatIsNoNumber() throws {
    var maker = SmallModels.classifier()
    maker[initializer: "pw"] = .floats("pw", [6, 4, 1, 1], [Float](repeating: 1, count: 23) + [.nan])
    try scratch.writeModel("m.onnx", maker)
    try refuse([], "tensor pw is infinite or not a number at element 23")
  }

  @Test func aPolicyThatMatchesNothing() throws {
    try scratch.writeModel()
    let policy = #"{"policy": 1, "default": "frozen", "layers": [{"match": "stam", "train": "full"}]}"#
    try scratch.write("policy.json", Array(policy.utf8))
    try refuse(["--policy", "policy.json"], "\"stam\" matches no weight", "stem")
    try scratch.write("policy.json", Array("{".utf8))
    try refuse(["--policy", "policy.json"], "policy.json: line 1: ")
    try refuse(["--policy", "sideways"], "no policy sideways", status: 64)
  }

  @Test func aCapThatIsTooSmall() throws {
    try scratch.writeModel()
    try refuse(["--cap", "1KiB"], "cap is 1,024 (host: --cap 1KiB)", "bytes are live", status: 2)
  }

  /// The first suggestion is one option with its value, or two.
  @Test func theFirstSuggestionFits() throws {
    try scratch.writePlan()
    let needed = try #require(scratch.espalier("inspect", "p.plan", "--json").json["arena_bytes"] as? Int)
    let cap = ["--cap", "\(needed * 9 / 10)"]
    let options = ["compile", "--mode", "f32", "m.onnx", "-o", "q.plan", "--classes", "3", "--batch", "4"] + cap
    let refused = try Command.espalier.run(options, in: scratch.path)
    expectRefusal(refused, 2)
    let line = try #require(refused.errors.split(separator: "\n").first { $0.hasPrefix("  would fit: ") })
    let suggestion = line.dropFirst("  would fit: ".count).prefix { $0 != "(" }
    let fitting = try Command.espalier.run(
      options + suggestion.split(separator: " ").map(String.init) + ["--json"], in: scratch.path)
    #expect(fitting.status == 0, "\(fitting.errors)")
    #expect(try #require(fitting.json["arena_bytes"] as? Int) <= needed * 9 / 10)
  }

  /// Fewer samples at a time, with as many to an update.
  @Test func smallerBatchesKeepTheUpdate() throws {
    try scratch.writeModel()
    func compile(_ options: String...) throws -> CommandResult {
      let fixed = [
        "compile", "--mode", "f32", "m.onnx", "-o", "q.plan", "--classes", "3", "--policy", "bias", "--patch", "none",
        "--recompute", "none",
      ]
      return try Command.espalier.run(fixed + options, in: scratch.path)
    }
    let parts = try #require(compile("--batch", "2", "--accumulate", "4", "--json").json["arena_bytes"] as? Int)
    let refused = try compile("--batch", "8", "--cap", "\(parts)")
    expectRefusal(refused, 2, "would fit: --batch 2 --accumulate 4")
  }
}
