import ArgumentParser
import Espalier
import Foundation
import Report

/// `espalier inspect`: what a plan holds.
struct InspectCommand: ParsableCommand {
  static let configuration = verb(
    "inspect", "Prints the steps of a plan, its bytes by class and its bounds.", "espalier inspect model.plan",
    "espalier inspect model.plan --html model.html", "espalier inspect model.plan --plan repair")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Which of several plans; by default the one that takes the most bytes.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Also writes one page: the arena over time, live bytes, every step.", valueName: "file"))
  var html: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try html.map { try Output($0, common, from: self.plan) }
    let plan = try Plan(path: plan)
    let report = try plan.report(of: name)
    if let output {
      let title = ([PathParts(self.plan).name] + (name.map { [$0] } ?? [])).joined(separator: ": ")
      try output.write(Array(PlanPage(title: title, report, plan.arenaMap(of: name)).text.utf8))
      if output.isStandardOutput { return }
    }
    try common.report(report, text(report))
  }

  private func text(_ report: PlanReport) -> String {
    // Names are cut where a line would not fit, unless all is asked for.
    let width = common.verbose ? Int.max : lineWidth
    var text = report.summaryText + "\n" + report.stepText(width: width) + "\n"
    let rows = report.trainedTensors.map { tensor in
      let parts = [("channels", tensor.region), ("rows", tensor.rows)].compactMap { name, range in
        range.map { "\(name) \($0[0]) to \($0[1] - 1)" }
      }
      let region = parts.isEmpty ? "whole" : parts.joined(separator: ", ")
      return [tensor.name, tensor.kind, shapeText(tensor.shape), tensor.mode, region]
    }
    text += table([["trained", "kind", "shape", "mode", "part"]] + rows, flexible: 0, width: width)
    if !report.plans.isEmpty { text += "\n" + report.alternatesText }
    text += "\nmode \(report.mode), policy \(report.policy)\ndigest \(report.digest)\n"
    return text
  }
}
