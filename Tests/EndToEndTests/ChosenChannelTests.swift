import Data
import Driver
import Foundation
import Support
import Testing

@testable import Espalier

/// Regions of any channels: those that are chosen stand first in the plan, and where they were in the file.
struct ChosenChannelTests {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  private func plan(_ mode: NumberMode, _ entries: String...) throws -> Plan {
    var options = CompileOptions()
    (options.classes, options.batch, options.learningRate, options.mode) = (3, 4, 0.02, mode)
    let json = #"{"policy": 1, "default": "frozen", "layers": [\#(entries.joined(separator: ","))]}"#
    return try Plan.compile(
      mode == .f32 ? training.model : quantized, policy: .document(Array(json.utf8), path: "p"), options: options)
  }

  private let chosen = #"{"match": "pw*", "train": "region", "channels": [3, 0], "bias": false}"#
  private let whole = #"{"match": "pw*", "train": "full", "bias": false}"#

  @Test(arguments: [NumberMode.f32, .i8f]) func gradientsAreThoseOfTheWholeWeight(mode: NumberMode) throws {
    let part = try Trainer(plan(mode, chosen)).gradients(training.samples)
    let full = try Trainer(plan(mode, whole)).gradients(training.samples)
    // Without reordered sums of floats everything is the same to the last bit.
    let tolerance: Float = mode == .f32 ? 1e-5 : 0
    for (a, b) in zip(part.logits, full.logits) { #expect(abs(a - b) <= tolerance) }
    #expect(part.tensors.count == 1 && part.tensors[0].shape == [6, 4, 1, 1])
    for index in 0..<24 {
      let expected = [0, 3].contains(index % 4) ? full.tensors[0].values[index] : 0
      #expect(abs(part.tensors[0].values[index] - expected) <= tolerance)
    }
    #expect(part.tensors[0].values.count { $0 != 0 } > 6)
  }

  @Test(arguments: [NumberMode.f32, .i8]) func whatGoesOutStandsWhereItStood(mode: NumberMode) throws {
    let trainer = try Trainer(plan(mode, chosen))
    let name = try #require(trainer.plan.metadata.parameters.first?.name)
    let model = mode == .f32 ? training.model : quantized
    let before = try Trainer(Plan.compile(model, policy: .full, options: CompileOptions.training(mode)))
    let old = try trainer.exportedValues(name, before)
    _ = try trainer.losses(on: training.samples, steps: 8)
    let new = try trainer.exportedValues(name, trainer)
    #expect(old.count == 24 && new.count == 24)
    let moved = Set((0..<24).filter { old[$0] != new[$0] }.map { $0 % 4 })
    #expect(moved == [0, 3])
  }

  @Test func theNormChooses() throws {
    let ratio = #"{"match": "pw", "train": "region", "ratio": 0.5, "select": "norm", "bias": false}"#
    let trainer = try Trainer(plan(.f32, ratio))
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

extension Trainer {
  /// A trained tensor of a trainer of the same model, as it goes into the file.
  func exportedValues(_ name: String, _ trainer: Trainer) throws -> [Float] {
    let untrained = try UntrainedNetwork(trainer.plan.findModel(nil), trainer.plan.metadata)
    let tensor = try #require(trainer.trainedTensors(untrained).first { $0.name == name })
    return switch tensor.storage {
    case .floats(let values): values
    case .integers(let values): values.map(Float.init)
    }
  }
}
