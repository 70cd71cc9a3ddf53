import Driver
import Testing

@testable import Espalier

/// Regions of any channels: those that are chosen stand first in the plan, and where they were in the file.
struct ChosenChannelTests {
  private let training: RegionTraining
  init() throws { training = try RegionTraining() }

  private let chosen = #""train": "region", "channels": [3, 0]"#

  @Test(arguments: [NumberMode.f32, .i8f]) func gradientsAreThoseOfTheWholeWeight(mode: NumberMode) throws {
    let trained = Set((0..<24).filter { [0, 3].contains($0 % 4) })
    let values = try training.expectSlice(mode, chosen, trained: trained)
    #expect(values.count { $0 != 0 } > 6)
  }

  @Test(arguments: [NumberMode.f32, .i8]) func whatGoesOutStandsWhereItStood(mode: NumberMode) throws {
    let moved = try training.moved(mode, chosen, steps: 8)
    #expect(Set(moved.map { $0 % 4 }) == [0, 3])
  }

  @Test func theNormChooses() throws {
    let trainer = try training.trainer(.f32, #""train": "region", "ratio": 0.5, "select": "norm""#)
    let values = try trainer.gradients(training.samples).tensors[0].values
    let trained = Set((0..<24).filter { values[$0] != 0 }.map { $0 % 4 })
    let weight = try trainer.exportedValues("pw", trainer)
    let norms = (0..<4).map { channel in
      (0..<6).reduce(Float(0)) { $0 + weight[$1 * 4 + channel] * weight[$1 * 4 + channel] }
    }
    let best = norms.indices.sorted { norms[$0] > norms[$1] }.prefix(2)
    #expect(trained == Set(best))
  }
}
