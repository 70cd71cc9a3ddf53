import Foundation
import Report
import Support
import Testing

/// What MobileNetV2 at 96 x 96 keeps between forward and backward.
@Suite(.enabled(if: Oracle.isPrepared))
struct SavedTensorTests {
  private func report(_ policy: String) throws -> PlanReport {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let json = try espalier(
      "compile", "--mode", "f32", oracle.model("mobilenetv2"), "-o", folder.file("p.plan"), "--classes", "10",
      "--policy", policy,
      "--cap", "none", "--json", "-q")
    return try JSONDecoder().decode(PlanReport.self, from: Data(json.utf8))
  }

  /// A bit for each output of the 35 clipped layers, and the head's input.
  @Test func biasesKeepMasksAndTheHeadsInput() throws {
    let bias = try report("bias")
    let masks = bias.savedTensors.filter { $0.dtype == "bit" }
    let others = bias.savedTensors.filter { $0.dtype != "bit" }
    #expect(masks.count == 35)
    #expect(others.map(\.bytes) == [4 * 1280])
    #expect(bias.savedBytes == masks.reduce(0) { $0 + $1.bytes } + 4 * 1280)
    let full = try report("full")
    print("saved for backward: biases \(bias.savedBytes) bytes, full update \(full.savedBytes)")
    print("arena: biases \(bias.arenaBytes) bytes, full update \(full.arenaBytes)")
    #expect(bias.savedBytes * 30 < full.savedBytes)
  }
}
