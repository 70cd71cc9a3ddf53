import Foundation
import Support
import Testing

@testable import Espalier

/// Plans for boards with vectors and for those without: other kernels, the same arena, the same bytes.
struct TargetKernelTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel("m.onnx", SmallModels.pictures())
    try scratch.writeRandomSamples("d.npz", [3, 16, 16], classes: 5)
  }

  private func plan(for target: String) throws -> Plan {
    let made = try Command.espalier.run(
      [
        "compile", "m.onnx", "-o", "\(target).plan", "--mode", "i8", "--calibration-data", "d.npz", "--batch", "4",
        "--target", target, "--steps", "20",
      ], in: scratch.path)
    try #require(made.status == 0, "\(made.errors)")
    return try Plan(path: scratch.file("\(target).plan"))
  }

  private func checkpoint(_ target: String) throws -> [UInt8] {
    let trained = try scratch.espalier(
      "train", "\(target).plan", "--data", "d.npz", "--steps", "12", "--checkpoint", "\(target).ckpt", "-q")
    try #require(trained.status == 0, "\(trained.errors)")
    // Behind the header, which names the plan, and before the digest.
    return [UInt8](try scratch.read("\(target).ckpt").dropFirst(128).dropLast(32))
  }

  @Test func kernelsAreThoseOfTheTargetAndTheBytesThoseOfAll() throws {
    let plain = try plan(for: "raspberry-pi-zero")
    #expect(plain.report.stepTable.allSatisfy { $0.variant == "plain" })
    let bytes = try checkpoint("raspberry-pi-zero")
    for target in ["host", "raspberry-pi-zero-2"] {
      let plan = try plan(for: target)
      let steps = plan.report.stepTable
      #expect(steps.contains { $0.variant == "tiles" && $0.operator == "quantized_conv" })
      #expect(plan.report.arenaBytes == plain.report.arenaBytes)
      #expect(plan.report.bytesByClass == plain.report.bytesByClass)
      // More scratch for some, less for none.
      let pairs = zip(steps, plain.report.stepTable).map { ($0.scratchBytes, $1.scratchBytes) }
      #expect(pairs.allSatisfy { $0 >= $1 } && pairs.contains { $0 > $1 })
      #expect(try checkpoint(target) == bytes, "\(target)")
    }
  }

  @Test func theReportNamesThem() throws {
    let shown = try plan(for: "host")
    let inspected = try scratch.espalier("inspect", "host.plan", "--json").json
    let steps = try #require(inspected["step_table"] as? [[String: Any]])
    #expect(steps.map { $0["variant"] as? String } == shown.report.stepTable.map(\.variant))
    #expect(steps.map { $0["scratch_bytes"] as? Int } == shown.report.stepTable.map(\.scratchBytes))
    #expect(try scratch.espalier("inspect", "host.plan", "--html", "host.html").status == 0)
    let page = String(decoding: try scratch.read("host.html"), as: UTF8.self)
    #expect(page.contains("<th>kernel</th>") && page.contains("tiles"))
  }
}
