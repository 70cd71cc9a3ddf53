import Data
import Driver
import Foundation
import Support
import Testing

@testable import Espalier

/// Regions of some outputs of a layer, of all input channels or of a block of them.
struct RowRegionTests {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  private func plan(_ mode: NumberMode, _ entry: String) throws -> Plan {
    var options = CompileOptions.training(mode)
    options.learningRate = 0.02
    let json = #"{"policy": 1, "default": "frozen", "layers": [{"match": "pw*", \#(entry), "bias": false}]}"#
    return try Plan.compile(
      mode == .f32 ? training.model : quantized, policy: .document(Array(json.utf8), path: "p"), options: options)
  }

  /// Rows 2 and 3 of 6, whole or channels 1 and 2 of 4.
  private static let regions = [
    (#""train": "region", "rows": [2, 4]"#, Set(8..<16)),
    (#""train": "region", "rows": [2, 4], "input_channels": [1, 3]"#, Set([9, 10, 13, 14])),
  ]

  @Test(arguments: [NumberMode.f32, .i8f, .i8], regions)
  func gradientsAreThoseOfTheWholeWeight(mode: NumberMode, region: (entry: String, trained: Set<Int>)) throws {
    let part = try Trainer(plan(mode, region.entry)).gradients(training.samples)
    let full = try Trainer(plan(mode, #""train": "full""#)).gradients(training.samples)
    // Without reordered sums of floats everything is the same to the last bit.
    let tolerance: Float = mode == .f32 ? 1e-5 : 0
    for (a, b) in zip(part.logits, full.logits) { #expect(abs(a - b) <= tolerance) }
    #expect(part.tensors.count == 1 && part.tensors[0].shape == [6, 4, 1, 1])
    for index in 0..<24 {
      let expected = region.trained.contains(index) ? full.tensors[0].values[index] : 0
      #expect(abs(part.tensors[0].values[index] - expected) <= tolerance, "\(index)")
    }
    #expect(part.tensors[0].values.contains { $0 != 0 })
  }

  @Test(arguments: [NumberMode.f32, .i8], regions)
  func nothingElseChangesInTheFile(mode: NumberMode, region: (entry: String, trained: Set<Int>)) throws {
    let trainer = try Trainer(plan(mode, region.entry))
    let name = try #require(trainer.plan.metadata.parameters.first?.name)
    let model = mode == .f32 ? training.model : quantized
    let before = try Trainer(Plan.compile(model, policy: .full, options: CompileOptions.training(mode)))
    let old = try trainer.exportedValues(name, before)
    _ = try trainer.losses(on: training.samples, steps: 24)
    let new = try trainer.exportedValues(name, trainer)
    #expect(old.count == 24 && new.count == 24)
    let moved = Set((0..<24).filter { old[$0] != new[$0] })
    #expect(!moved.isEmpty && moved.isSubset(of: region.trained))
  }

  /// What rows cost is their own gradient and state, not those of the layer.
  @Test func fewerRowsTakeLess() throws {
    let (part, full) = try (plan(.i8, Self.regions[0].0), plan(.i8, #""train": "full""#))
    let report = part.report
    #expect(report.trainedParameters == 8 && full.report.trainedParameters == 24)
    #expect(report.trainedTensors[0].rows == [2, 4] && report.trainedTensors[0].region == [0, 4])
    #expect(report.arenaBytes < full.report.arenaBytes)
    #expect(report.macsUpdate < full.report.macsUpdate)
  }
}
