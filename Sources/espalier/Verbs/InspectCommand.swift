import ArgumentParser
import Espalier
import Report

/// `espalier inspect`: what a plan holds.
struct InspectCommand: ParsableCommand {
  static let configuration = verb(
    "inspect", "Prints the steps of a plan, its bytes by class and its bounds.", "espalier inspect model.plan",
    "espalier inspect model.plan --json")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let report = try Plan(path: plan).report
    try common.report(report, text(report))
  }

  private func text(_ report: PlanReport) -> String {
    var text = report.summaryText + "\n" + report.stepText + "\n"
    let rows = report.trainedTensors.map { tensor in
      let region = tensor.region.map { "channels \($0[0]) to \($0[1] - 1)" } ?? "whole"
      return [tensor.name, tensor.kind, shapeText(tensor.shape), tensor.mode, region]
    }
    text += table([["trained", "kind", "shape", "mode", "part"]] + rows)
    text += "\nmode \(report.mode), policy \(report.policy), digest \(report.digest)\n"
    return text
  }
}
