import Driver
import Foundation
import Samples
import Support
import Testing

@testable import Espalier

/// What tests of regions train: `pw`, 6 outputs of 4 input channels, in floats and in integers.
struct RegionTraining {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  var samples: Samples { training.samples }

  /// - Parameter entry: what a policy's only entry says beside its glob.
  func trainer(_ mode: NumberMode, _ entry: String) throws -> Trainer {
    var options = CompileOptions.training(mode)
    options.learningRate = 0.02
    let json = #"{"policy": 1, "default": "frozen", "layers": [{"match": "pw*", \#(entry), "bias": false}]}"#
    return try Trainer(Plan.compile(model(mode), policy: .document(Array(json.utf8), path: "p"), options: options))
  }

  private func model(_ mode: NumberMode) -> Model { mode == .f32 ? training.model : quantized }

  /// Expects the gradient of a region to be a slice of the whole one: the elements that are trained, and zeros.
  func expectSlice(_ mode: NumberMode, _ entry: String, trained: Set<Int>) throws -> [Float] {
    let part = try trainer(mode, entry).gradients(samples)
    let full = try trainer(mode, #""train": "full""#).gradients(samples)
    // Without reordered sums of floats everything is the same to the last bit.
    let tolerance: Float = mode == .f32 ? 1e-5 : 0
    for (a, b) in zip(part.logits, full.logits) { #expect(abs(a - b) <= tolerance) }
    #expect(part.tensors.count == 1 && part.tensors[0].shape == [6, 4, 1, 1])
    for index in 0..<24 {
      let expected = trained.contains(index) ? full.tensors[0].values[index] : 0
      #expect(abs(part.tensors[0].values[index] - expected) <= tolerance, "\(index)")
    }
    return part.tensors[0].values
  }

  /// The elements that are others in the exported file after some steps.
  func moved(_ mode: NumberMode, _ entry: String, steps: Int) throws -> Set<Int> {
    let trainer = try trainer(mode, entry)
    let name = try #require(trainer.plan.metadata.parameters.first?.name)
    let before = try Trainer(Plan.compile(model(mode), policy: .full, options: .training(mode)))
    let old = try trainer.exportedValues(name, before)
    _ = try trainer.losses(on: samples, steps: steps)
    let new = try trainer.exportedValues(name, trainer)
    #expect(old.count == 24 && new.count == 24)
    return Set((0..<24).filter { old[$0] != new[$0] })
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
