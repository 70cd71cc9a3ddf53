import ArgumentParser
import Espalier
import Report
import Runtime

/// `espalier selftest`: what the first updates of a plan come to, as a plan says it or into a plan.
struct SelftestCommand: ParsableCommand {
  static let configuration = verb(
    "selftest", "Compares ten updates with those that a plan says, or writes them into a plan.",
    "espalier selftest model.plan -o model.plan", "espalier selftest bundle/model.plan --json")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Writes the plan with what its updates come to here; may be the same file.", valueName: "file"))
  var output: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    // Another product of matrices rounds otherwise, and a board has this one.
    FloatProducts.own.use()
    let file = try output.map { try Output($0, common, from: [], replacesInput: true) }
    let plan = try Plan(path: plan)
    if let file {
      let bytes = try plan.bytesWithGoldenSteps()
      try file.write(bytes)
      let report = SelftestReport(steps: GoldenSteps.steps, equal: true, firstDifference: nil)
      return try file.report(report, "\(file.path): says what its first \(GoldenSteps.steps) updates come to\n", common)
    }
    guard let golden = plan.goldenSteps else {
      throw Failure(
        .malformed, "\(plan.path) does not say what its first updates come to",
        advice: "write that into it: espalier selftest \(plan.path) -o \(plan.path)")
    }
    let difference = try plan.runGoldenSteps(seed: golden.seed).firstDifference(golden)
    let report = SelftestReport(
      steps: GoldenSteps.steps, equal: difference == nil, firstDifference: difference.map { $0 + 1 })
    try common.report(report, difference == nil ? "\(plan.path): all updates come to the same bytes\n" : "")
    guard let difference else { return }
    let isUpdate = difference < GoldenSteps.steps
    throw Failure(
      .no,
      isUpdate
        ? "\(plan.path): update \(difference + 1) comes to other bytes than the plan says"
        : "\(plan.path): its updates are as the plan says, its predictions are not",
      advice: "write the plan again with this version: espalier compile, then espalier selftest -o")
  }
}

private struct SelftestReport: Encodable {
  let schema = 1
  let steps: Int
  let equal: Bool
  /// The update after which the bytes differ first, from 1 on; one more than there are where only predictions do.
  @OrNull var firstDifference: Int?
}
