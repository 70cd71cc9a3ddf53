import Espalier
import Foundation
import Support
import Testing

/// The verb `profile` of a runner that was built with it, and what the computer makes of its lines.
struct BoardProfileTests {
  private let plans: BoardPlans
  private let scratch: ScratchFolder

  init() throws {
    plans = try BoardPlans.shared.get()
    scratch = try ScratchFolder()
  }

  private func build(_ board: String, _ words: String...) throws -> CommandResult {
    let built = try Command.espalier.run(
      [
        "build", "\(plans.folder)/sensor-i8.plan", "--target", board, "-o", scratch.file("b"), "--verbs", "info",
        "--feeds", "packed", "--json",
      ] + words)
    try #require(built.status == 0, "\(built.errors)")
    return built
  }

  @Test(arguments: Boards.names) func aBoardMeasuresItsRows(board: String) throws {
    let built = try build(board, "--profile")
    #expect(built.json["verbs"] as? [String] == ["info", "profile"])
    let imports = try #require(built.json["imports"] as? [String])
    for name in imports { #expect(!name.contains("alloc") && name != "free", "\(name)") }
    let runner = BoardRunner("./runner", of: try Boards.place(board).target)
    func run(_ words: String...) throws -> CommandResult { try runner.run(words, in: scratch.file("b")) }
    let before = try FileManager.default.contentsOfDirectory(atPath: scratch.file("b")).sorted()
    let measured = try run("profile", "model.plan", "--steps", "2")
    try #require(measured.status == 0, "\(board): \(measured.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("b")).sorted() == before)

    try scratch.write("m.json", Array(measured.output.utf8))
    let joined = try scratch.espalier("profile", "b/model.plan", "--measured", "m.json", "--json")
    try #require(joined.status == 0, "\(board): \(joined.errors)")
    let report = try Plan(path: scratch.file("b/model.plan")).report
    let rows = try #require(joined.json["rows"] as? [[String: Any]])
    #expect(rows.map { $0["output"] as? String } == report.stepTable.map(\.name))
    #expect(joined.json["macs"] as? Int == report.macsForward + report.macsBackward + report.macsUpdate)
    #expect(joined.json["steps"] as? Int == 2 && joined.json["isa"] is NSNull)
    #expect(measured.output.split(separator: "\n").count == 1 + report.steps)

    #expect(try run("help").output.contains("runner profile PLAN"))
    for words in [["--steps", "0"], ["--data", "d"], ["--plan", "x"]] {
      let refused = try runner.run(["profile", "model.plan"] + words, in: scratch.file("b"))
      #expect(refused.status == 64 && refused.output.isEmpty, "\(board): \(words) \(refused.errors)")
    }
  }

  /// A runner has it only where it was asked for, and says so; its README names what it has.
  @Test func runnersAreBuiltWithoutIt() throws {
    let built = try build("host")
    #expect(built.json["verbs"] as? [String] == ["info"])
    let runner = BoardRunner("./runner", of: .host)
    let refused = try runner.run(["profile", "model.plan"], in: scratch.file("b"))
    expectRefusal(refused, 64, "profile is no verb")
    #expect(try !runner.run(["help"], in: scratch.file("b")).output.contains("profile"))
    #expect(!String(decoding: try scratch.read("b/README.md"), as: UTF8.self).contains("profile"))
    _ = try build("host", "--profile")
    #expect(String(decoding: try scratch.read("b/README.md"), as: UTF8.self).contains("./runner profile model.plan"))
    #expect(try runner.run(["info", "model.plan"], in: scratch.file("b")).status == 0)
  }
}
