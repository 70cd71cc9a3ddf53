import Foundation
import Report
import Support
import Testing

/// What MobileNetV2 at 96 x 96 keeps between forward and backward.
@Suite(.enabled(if: Oracle.isPrepared))
struct SavedTensorTests {
  private func report(_ policy: String, batch: Int = 1, cap: String = "none") throws -> PlanReport {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let json = try espalier(
      "compile", "--mode", "f32", oracle.model("mobilenetv2"), "-o", folder.file("p.plan"), "--classes", "10",
      "--policy", policy,
      "--batch", "\(batch)", "--cap", cap, "--json", "-q")
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

  /// The table of the README.
  @Test(arguments: [
    ("bias", 1, 1_271_536), ("last-6", 1, 5_892_592), ("full", 1, 14_138_624), ("bias", 8, 9_335_824),
    ("last-6", 8, 13_043_920), ("full", 8, 49_721_104),
  ])
  func arenas(policy: String, batch: Int, bytes: Int) throws {
    #expect(try report(policy, batch: batch).arenaBytes == bytes)
  }

  /// What a full update keeps of the forward pass can be computed twice instead.
  @Test func recomputationHalvesTheArena() throws {
    let small = try report("full", batch: 8, cap: "25906960")
    #expect(small.arenaBytes == 25_906_960 && small.codecs.isEmpty)
    let again = try #require(small.recomputation)
    let whole = small.macsForward + small.macsBackward + small.macsUpdate - again.extraMacs
    #expect(1000 * again.extraMacs / whole == 116)
  }
}
