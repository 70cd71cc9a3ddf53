import Driver
import Testing

@testable import Espalier

/// Regions of some outputs of a layer, of all input channels or of a block of them.
struct RowRegionTests {
  private let training: RegionTraining
  init() throws { training = try RegionTraining() }

  /// Rows 2 and 3 of 6, whole or channels 1 and 2 of 4.
  private static let regions = [
    (#""train": "region", "rows": [2, 4]"#, Set(8..<16)),
    (#""train": "region", "rows": [2, 4], "input_channels": [1, 3]"#, Set([9, 10, 13, 14])),
  ]

  @Test(arguments: [NumberMode.f32, .i8f, .i8], regions)
  func gradientsAreThoseOfTheWholeWeight(mode: NumberMode, region: (entry: String, trained: Set<Int>)) throws {
    let values = try training.expectSlice(mode, region.entry, trained: region.trained)
    #expect(values.contains { $0 != 0 })
  }

  @Test(arguments: [NumberMode.f32, .i8], regions)
  func nothingElseChangesInTheFile(mode: NumberMode, region: (entry: String, trained: Set<Int>)) throws {
    let moved = try training.moved(mode, region.entry, steps: 24)
    #expect(!moved.isEmpty && moved.isSubset(of: region.trained))
  }

  /// What rows cost is their own gradient and state, not those of the layer.
  @Test func fewerRowsTakeLess() throws {
    let report = try training.trainer(.i8, Self.regions[0].0).plan.report
    let full = try training.trainer(.i8, #""train": "full""#).plan.report
    #expect(report.trainedParameters == 8 && full.trainedParameters == 24)
    #expect(report.trainedTensors[0].rows == [2, 4] && report.trainedTensors[0].region == [0, 4])
    #expect(report.arenaBytes < full.arenaBytes)
    #expect(report.macsUpdate < full.macsUpdate)
  }
}
