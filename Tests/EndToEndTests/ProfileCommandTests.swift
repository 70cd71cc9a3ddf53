import Foundation
import Support
import Testing

@testable import Espalier

/// `espalier profile`: every row of a step once, with what it multiplies; nothing here asks how fast it is.
struct ProfileCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan("--optimizer", "momentum")
  }

  private func run(_ words: String...) throws -> CommandResult { try Command.espalier.run(words, in: scratch.path) }

  private func list(_ object: [String: Any], _ key: String) throws -> [[String: Any]] {
    try #require(object[key] as? [[String: Any]], "\(object.keys)")
  }

  private func shares(_ rows: [[String: Any]]) -> Double { rows.reduce(0) { $0 + ($1["share"] as? Double ?? -1) } }

  @Test(arguments: [["--data", "d.npz"], []]) func everyRowStandsThereOnce(words: [String]) throws {
    let before = try scratch.names.map { try scratch.read($0) }
    let result = try Command.espalier.run(["profile", "p.plan", "--steps", "2", "--json"] + words, in: scratch.path)
    try #require(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("noise") == words.isEmpty)
    let profile = result.json
    #expect(
      Set(profile.keys) == [
        "schema", "digest", "plan", "batch", "steps", "data", "isa", "macs", "cpu_ms", "rows", "families",
      ])
    #expect(profile["steps"] as? Int == 2 && profile["batch"] as? Int == 4)
    #expect(profile["data"] as? String == words.last)
    let plan = try run("inspect", "p.plan", "--json").json
    let steps = try list(plan, "step_table")
    let rows = try list(profile, "rows")
    #expect(rows.map { $0["row"] as? Int } == Array(steps.indices))
    #expect(rows.map { $0["opcode"] as? String } == steps.map { $0["operator"] as? String })
    #expect(rows.map { $0["output"] as? String } == steps.map { $0["name"] as? String })
    #expect(rows.map { $0["variant"] as? String } == steps.map { $0["variant"] as? String })
    #expect(rows.map { $0["macs"] as? Int } == steps.map { $0["macs"] as? Int })
    let keys: Set = ["row", "opcode", "variant", "family", "output", "macs", "cpu_us", "share", "gops"]
    for row in rows { #expect(Set(row.keys) == keys) }
    let macs = try ["macs_forward", "macs_backward", "macs_update"].map { try #require(plan[$0] as? Int) }
    #expect(profile["macs"] as? Int == macs.reduce(0, +))
    let families = try list(profile, "families")
    for family in families {
      #expect(Set(family.keys) == ["family", "rows", "macs", "cpu_us", "share", "gops"])
      let own = rows.filter { $0["family"] as? String == family["family"] as? String }
      #expect(family["rows"] as? Int == own.count && !own.isEmpty)
      #expect(family["macs"] as? Int == own.reduce(0) { $0 + ($1["macs"] as? Int ?? -1) })
    }
    #expect(families.reduce(0) { $0 + ($1["rows"] as? Int ?? -1) } == rows.count)
    #expect(abs(shares(rows) - 1) < 1e-9 && abs(shares(families) - 1) < 1e-9)
    #expect(try scratch.names.map { try scratch.read($0) } == before)
  }

  /// The weights of a convolution and what they are multiplied with, by hand.
  @Test func multiplicationsAreExact() throws {
    let rows = try list(run("profile", "p.plan", "--steps", "1", "--json").json, "rows")
    let stem = try #require(rows.first { $0["opcode"] as? String == "conv" })
    let plan = try Plan(path: scratch.file("p.plan"))
    let elements = try #require(plan.report.stepTable.first { $0.operator == "conv" }).output.bytes / 4
    #expect(stem["macs"] as? Int == elements * 3 * 3 * 3)
  }

  @Test func thePeopleReadATable() throws {
    let result = try run("profile", "p.plan", "--steps", "1")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    let steps = try Plan(path: scratch.file("p.plan")).report.stepTable
    for (line, step) in zip(lines.dropFirst(), steps) {
      let words = line.split(separator: " ")
      #expect(words.first == "\(step.index + 1)" && words.dropFirst().first == step.operator[...], "\(line)")
    }
    #expect(lines[steps.count + 1].isEmpty && lines[steps.count + 2].hasPrefix("family"))
    // Eight columns: names are cut, but for those of operators.
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(result.output)")
    #expect(result.output.contains("a step of 4 samples: ") && result.output.contains("the least of 1 run\n"))
  }

  @Test func thePageHasABarForEachStep() throws {
    let plan = try Plan(path: scratch.file("p.plan"))
    #expect(try run("profile", "p.plan", "--steps", "1", "--html", "p.html").status == 0)
    let page = String(decoding: try scratch.read("p.html"), as: UTF8.self)
    func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
    #expect(count("<svg ") == 3 && count("<rect class=\"time\"") == plan.report.steps)
    #expect(try count("<rect ") == plan.arenaMap().rectangles.count + plan.report.steps)
    #expect(page.contains("<th>CPU µs</th><th>share</th><th>MACs</th>"))
    #expect(try run("inspect", "p.plan", "--html", "-").output.contains("CPU") == false)
    let piped = try run("profile", "p.plan", "--steps", "1", "--html", "-")
    #expect(piped.output.hasPrefix("<!DOCTYPE html>") && piped.output.hasSuffix("</html>\n"))
  }

  @Test func wrongInputIsRefused() throws {
    expectRefusal(try run("profile", "none.plan"), 66, "none.plan")
    expectRefusal(try run("profile", "d.npz"), 65, "d.npz")
    try scratch.write("short.plan", Array(scratch.read("p.plan").dropLast(100)))
    expectRefusal(try run("profile", "short.plan"), 65, "short.plan")
    try scratch.writeRandomSamples("other.npz", [3, 9, 9], classes: 3)
    expectRefusal(try run("profile", "p.plan", "--data", "other.npz"), 65, "other.npz", "3 x 9 x 9")
    expectRefusal(try run("profile", "p.plan", "--data", "none.npz"), 66, "none.npz")
    expectRefusal(try run("profile", "p.plan", "--plan", "x"), 64, "no plan x")
    expectRefusal(try run("profile", "p.plan", "--html", "p.plan"), 64, "p.plan")
    expectRefusal(try run("profile", "p.plan", "--html", "no/such.html"), 73, "no/such.html")
    for words in [["--steps", "0"], ["--steps", "2", "--measured", "m"], ["--data", "d.npz", "--measured", "m"]] {
      let refused = try Command.espalier.run(["profile", "p.plan"] + words, in: scratch.path)
      #expect(refused.status == 64 && refused.errors.contains(words[0]), "\(refused.errors)")
    }
    expectRefusal(try run("profile", "p.plan", "--measured", "none.json"), 66, "none.json")
    expectRefusal(try run("profile", "p.plan", "--measured", "d.npz"), 65, "d.npz is no text")
  }

  /// Of several plans, one; by default that of the first turn.
  @Test func plansAreProfiledByName() throws {
    let made = try run("compile", "m.onnx", "-o", "c.plan", "--mode", "f32", "--classes", "3", "--plans", "cycle-2")
    try #require(made.status == 0, "\(made.errors)")
    let names = try Plan(path: scratch.file("c.plan")).names
    for name in names {
      let profile = try run("profile", "c.plan", "--plan", name, "--steps", "1", "--json").json
      let steps = try run("inspect", "c.plan", "--plan", name, "--json").json["steps"] as? Int
      #expect(try profile["plan"] as? String == name && list(profile, "rows").count == steps)
    }
    let first = try run("profile", "c.plan", "--steps", "1", "--json", "--html", "c.html").json
    #expect(first["plan"] as? String == names[0])
    expectRefusal(try run("profile", "c.plan", "--plan", "x"), 64, "no plan x", names[0])
  }

  /// Made-up times of a board are joined with the plan's names.
  @Test func timesOfABoardGetTheirNames() throws {
    let plan = try Plan(path: scratch.file("p.plan"))
    let count = plan.report.steps
    func text(_ digest: String, plan: Int = 0, rows: Int) -> [UInt8] {
      let head =
        #"{"schema":1,"digest":"\#(digest)","plan":\#(plan),"steps":7,"rows":\#(rows),"step_ns":5500000,"clock_ns":500}"#
      return Array((head + "\n" + (0..<rows).map { "{\"row\":\($0),\"ns\":\(1000 * $0 + 500)}\n" }.joined()).utf8)
    }
    try scratch.write("board.json", text(plan.report.digest, rows: count))
    let result = try run("profile", "p.plan", "--measured", "board.json", "--json", "--html", "b.html")
    try #require(result.status == 0, "\(result.errors)")
    let rows = try list(result.json, "rows")
    #expect(rows.map { $0["cpu_us"] as? Double } == (0..<count).map(Double.init))
    #expect(rows.map { $0["opcode"] as? String } == plan.report.stepTable.map(\.operator))
    #expect(result.json["cpu_ms"] as? Double == 5.5 && result.json["steps"] as? Int == 7)
    #expect(result.json["isa"] is NSNull && result.json["data"] is NSNull)
    let sum = Double(count * (count - 1) / 2)
    for (index, row) in rows.enumerated() {
      #expect(abs(try #require(row["share"] as? Double) - Double(index) / sum) < 1e-12)
      let macs = try #require(row["macs"] as? Int)
      let isMeasured = macs > 0 && index > 0
      #expect((row["gops"] is NSNull) == !isMeasured)
      if isMeasured {
        let gops = try #require(row["gops"] as? Double)
        #expect(abs(gops * Double(1000 * index) / Double(2 * macs) - 1) < 1e-12)
      }
    }
    #expect(scratch.exists("b.html"))

    try scratch.write("other.json", text(String(repeating: "0", count: 64), rows: count))
    expectRefusal(try run("profile", "p.plan", "--measured", "other.json"), 65, "was measured with another plan")
    try scratch.write("few.json", text(plan.report.digest, rows: count - 1))
    expectRefusal(try run("profile", "p.plan", "--measured", "few.json"), 65, "where there should be \(count)")
    try scratch.write("plan.json", text(plan.report.digest, plan: 1, rows: count))
    expectRefusal(try run("profile", "p.plan", "--measured", "plan.json"), 65, "is about plan 1")
    try scratch.write("text.txt", Array("step 1\n".utf8))
    expectRefusal(try run("profile", "p.plan", "--measured", "text.txt"), 65, "text.txt, line 1", "--profile")
  }

  /// A made-up clock that goes on by one microsecond at each look: every row takes one, and so does a step.
  @Test func theClockIsReadOnceARow() throws {
    let trainer = try Trainer(Plan(path: scratch.file("p.plan")))
    var now: UInt64 = 0
    var told: [Int] = []
    let times = try trainer.stepTimes(
      steps: 3,
      clock: {
        now += 1000
        return now
      },
      goesOn: {
        told.append($0)
        return true
      })
    let count = trainer.plan.report.steps
    #expect(times == StepTimes(steps: 3, step: 1000, rows: Array(repeating: 1000, count: count), clock: 1000))
    #expect(told == [0, 1, 2, 3])
    // Four runs of rows and of steps, and what a look costs.
    #expect(now == UInt64(4 * (count + 1) + 4 * 2 + 128) * 1000)
    #expect(try trainer.stepTimes(steps: 3, goesOn: { $0 < 2 }) == nil)
  }
}
