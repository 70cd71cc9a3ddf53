import ArgumentParser
import Espalier
import Foundation
import Measure
import Report
import Samples

/// `espalier profile`: the time of every row of a training step.
struct ProfileCommand: ParsableCommand {
  static let configuration = verb(
    "profile", "Measures how long each step of a plan takes, in CPU time, the least of several runs.",
    "espalier profile model.plan --data train.pack", "espalier profile model.plan --html model.html --steps 50",
    "ssh pi './runner profile model.plan' | espalier profile bundle/model.plan --measured -")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Which of several plans; by default the one whose turn is first.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Packed data, or .npz with x and y, to run on; noise without it.", valueName: "data"))
  var data: String?

  @Option(help: ArgumentHelp("Times are the least of so many steps. (default: 10)", valueName: "n"))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "What a board's runner printed that was built with --profile, instead of running steps here; - is standard input.",
      valueName: "file"))
  var measured: String?

  @Option(help: ArgumentHelp("Also writes the page of `inspect` with the times in it.", valueName: "file"))
  var html: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more") }
    guard measured != nil else { return }
    for (option, isGiven) in [("--plan", name != nil), ("--data", data != nil), ("--steps", steps != nil)]
    where isGiven {
      throw ValidationError("\(option) has no use here: --measured says what was run; leave out one of both")
    }
  }

  func run() throws {
    let output = try html.map { try Output($0, common, from: self.plan, data, measured) }
    let plan = try Plan(path: plan)
    let profile = try measured.map { try board(plan, $0) } ?? here(plan)
    if let output {
      let report = try plan.report(of: profile.plan)
      let title = ([PathParts(self.plan).name] + (profile.plan.map { [$0] } ?? [])).joined(separator: ": ")
      let page = PlanPage(
        title: title, report, try plan.arenaMap(of: profile.plan), microseconds: profile.rows.map(\.cpuUs))
      try output.write(Array(page.text.utf8))
      if output.isStandardOutput { return }
    }
    try common.report(profile, profile.text(width: common.verbose ? Int.max : lineWidth))
  }

  /// Runs steps on this computer.
  private func here(_ plan: Plan) throws -> StepProfile {
    let trainer = try Trainer(plan)
    if let name { try trainer.follow(name) }
    let samples = try data.map { try common.samples($0, for: plan) }
    if samples == nil { common.note("the samples are noise; --data takes others") }
    Interrupt.watch()
    let bar = ProgressBar(common)
    let count = steps ?? 10
    let goesOn: (Int) -> Bool = { done in
      bar.show(done, of: count + 1, unit: "steps")
      return !Interrupt.isRequested
    }
    let times = try trainer.stepTimes(steps: count, samples, goesOn: goesOn)
    bar.clear()
    guard let times else { throw Failure(.interrupted, "interrupted; nothing was written") }
    return try trainer.profile(times, samples)
  }

  /// Takes what a board has measured.
  private func board(_ plan: Plan, _ path: String) throws -> StepProfile {
    let bytes = path == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : try readFile(path)
    let name = path == "-" ? "standard input" : path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.malformed, "\(name) is no text", advice: "give what a runner's profile prints")
    }
    return try plan.profile(measured: text, path: name)
  }
}

extension StepProfile {
  /// Rows, families and the whole, as people read them.
  func text(width: Int) -> String {
    let head = ["step", "operator", "output", "kernel", "CPU µs", "share", "GOPS"]
    let lines = rows.map { row in
      [
        "\(row.row + 1)", row.opcode, row.output, row.variant, short(row.cpuUs), percent(row.share),
        row.gops.map(short) ?? "",
      ]
    }
    let sums = families.map { family in
      [
        family.family.rawValue, grouped(family.rows), short(family.cpuUs), percent(family.share),
        family.macs == 0 ? "" : grouped(family.macs), family.gops.map(short) ?? "",
      ]
    }
    let all = rows.reduce(0) { $0 + $1.cpuUs }
    return table([head] + lines, right: [0, 4, 5, 6], flexible: 2, width: width) + "\n"
      + table([["family", "rows", "CPU µs", "share", "MACs", "GOPS"]] + sums, right: [1, 2, 3, 4, 5])
      + "\na step of \(counted(batch, "sample")): \(String(format: "%.3f", cpuMs)) ms of CPU time\n"
      + "its rows alone: \(String(format: "%.3f", all / 1000)) ms; each time is the least of \(counted(steps, "run"))\n"
  }
}

/// Three digits or so.
func short(_ value: Double) -> String { String(format: value < 9.995 ? "%.2f" : "%.1f", value) }
