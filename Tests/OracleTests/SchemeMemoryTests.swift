import Foundation
import Report
import Support
import Testing

/// What published sparse updates of a real network take here, and that computing in patches changes no weight.
@Suite(.serialized, .enabled(if: Oracle.isPrepared), .enabled(if: PublishedNetwork.isThere, "needs ../shared/data"))
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

  static let table = [
    Figures(
      scheme: "49kb", mode: "i8", cap: "96KiB", arena: 94_384, whole: 218_448, bounds: [94_192, 93_232, 93_216],
      macs: 36_291_712, extraMacs: 3_907_008),
    Figures(
      scheme: "49kb", mode: "i8t", cap: "96KiB", arena: 91_440, whole: 201_760, bounds: [91_440, 88_592, 82_432],
      macs: 33_096_448, extraMacs: 711_744),
    Figures(
      scheme: "74kb", mode: "i8t", cap: "112KiB", arena: 110_160, whole: 219_760, bounds: [110_160, 106_928, 106_912],
      macs: 34_709_184, extraMacs: 958_464),
    Figures(
      scheme: "99kb", mode: "i8t", cap: "128KiB", arena: 129_824, whole: 242_992, bounds: [129_824, 129_824, 123_664],
      macs: 35_708_608, extraMacs: 958_464),
    Figures(
      scheme: "124kb", mode: "i8t", cap: "160KiB", arena: 156_832, whole: 267_152, bounds: [156_832, 153_984, 147_824],
      macs: 36_508_416, extraMacs: 711_744),
    Figures(
      scheme: "148kb", mode: "i8t", cap: "192KiB", arena: 192_224, whole: 289_728, bounds: [192_224, 192_224, 192_208],
      macs: 36_177_280, extraMacs: 280_256),
  ]

  @Test(arguments: table)
  func fitsUnderItsCap(_ figures: Figures) throws {
    let folder = try ScratchFolder()
    try PublishedNetwork.writePolicies(into: folder)
    let capped = try compile(figures, figures.cap, folder)
    let whole = try compile(figures, "none", folder)
    #expect(capped.arenaBytes == figures.arena && whole.arenaBytes == figures.whole)
    #expect([capped.lbSchedule, capped.lbOrder, capped.lbOperator] == figures.bounds)
    // Placement loses nothing, or what the table says.
    #expect(capped.arenaBytes - capped.lbSchedule == figures.arena - figures.bounds[0])
    #expect(figures.arena - figures.bounds[0] <= 192 && whole.arenaBytes == whole.lbSchedule)
    let extra = capped.patches.reduce(0) { $0 + $1.extraMacs }
    #expect(extra == figures.extraMacs && macs(capped) == figures.macs && macs(whole) == figures.macs - extra)
    print(line(figures, capped, whole))
  }

  /// Training in patches, from samples where they lie, mirrored and shifted, ends with the bytes of training without.
  @Test func patchesChangeNoWeight() throws {
    let folder = try ScratchFolder()
    try PublishedNetwork.writePolicies(into: folder)
    let oracle = try #require(Oracle.prepared)
    try oracle.expect(
      "make_batch.py", ["--count", "8", "--classes", "10", "--size", "128", "-o", folder.file("x.npz")], "make_batch")
    var models: [[UInt8]] = []
    for cap in [Self.table[0].cap, "none"] {
      _ = try compile(Self.table[0], cap, folder)
      let plan = folder.file("49kb-\(cap).plan")
      for words in [
        ["train", plan, "--data", folder.file("x.npz"), "--steps", "5", "--augment", "flip,shift", "--seed", "2"],
        ["export", plan, "--checkpoint", folder.file("49kb-\(cap).ckpt"), "-o", folder.file("m.onnx")],
      ] { #expect(try Command.espalier.run(words, in: folder.path).status == 0) }
      models.append(try folder.read("m.onnx"))
    }
    #expect(models[0] == models[1])
  }

  private func macs(_ report: PlanReport) -> Int { report.macsForward + report.macsBackward + report.macsUpdate }

  private func line(_ figures: Figures, _ capped: PlanReport, _ whole: PlanReport) -> String {
    let share = Double(1000 * figures.extraMacs / macs(whole)) / 10
    return "\(figures.scheme) \(figures.mode): \(capped.arenaBytes) under \(figures.cap), +\(share) % to compute;"
      + " \(whole.arenaBytes) without patches"
  }

  private func compile(_ figures: Figures, _ cap: String, _ folder: ScratchFolder) throws -> PlanReport {
    let result = try Command.espalier.run(
      [
        "compile", PublishedNetwork.model, "-o", folder.file("\(figures.scheme)-\(cap).plan"), "--classes", "10",
        "--policy", folder.file(figures.scheme + ".json"), "--mode", figures.mode, "--input-shape", "1x3x128x128",
        "--cap", cap, "--json",
      ], in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(PlanReport.self, from: Data(result.output.utf8))
  }
}
