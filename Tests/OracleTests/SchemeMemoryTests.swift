import Foundation
import Report
import Support
import Testing

/// What published sparse updates of a real network take here, and that computing in patches changes no weight.
@Suite(.serialized, .enabled(if: Oracle.isPrepared && PublishedNetwork.isThere))
struct SchemeMemoryTests {
  struct Figures: CustomTestStringConvertible, Sendable {
    let scheme: String
    let mode: String
    let cap: String
    /// Arena under the cap, and without one.
    let arena: Int
    let whole: Int
    /// Bound for this order, for every order, for one operator.
    let bounds: [Int]
    /// Multiplications of a step, and how many of them patches add.
    let macs: Int
    let extraMacs: Int

    var testDescription: String { "\(scheme) \(mode)" }
  }

  static let table: [Figures] = []

  @Test(arguments: table)
  func fitsUnderItsCap(_ figures: Figures) throws {
    let folder = try ScratchFolder()
    try PublishedNetwork.writePolicies(into: folder)
    let policy = folder.file(figures.scheme + ".json")
    let capped = try compile(policy, figures, "--cap", figures.cap, to: folder.file("capped.plan"))
    let whole = try compile(policy, figures, "--cap", "none", to: folder.file("whole.plan"))
    #expect(capped.arenaBytes == figures.arena && whole.arenaBytes == figures.whole)
    #expect([capped.lbSchedule, capped.lbOrder, capped.lbOperator] == figures.bounds)
    #expect(capped.arenaBytes == capped.lbSchedule)
    let extra = capped.patches.reduce(0) { $0 + $1.extraMacs }
    #expect(extra == figures.extraMacs && macs(capped) == figures.macs && macs(whole) == figures.macs - extra)
  }

  private func macs(_ report: PlanReport) -> Int { report.macsForward + report.macsBackward + report.macsUpdate }

  private func compile(_ policy: String, _ figures: Figures, _ options: String..., to plan: String) throws -> PlanReport
  {
    let arguments =
      [
        "compile", PublishedNetwork.model, "-o", plan, "--classes", "10", "--policy", policy, "--mode", figures.mode,
        "--input-shape", "1x3x128x128", "--json",
      ] + options
    let result = try Command.espalier.run(arguments, in: NSTemporaryDirectory())
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8))
  }
}
