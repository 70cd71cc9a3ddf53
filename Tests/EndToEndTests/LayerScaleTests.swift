import Driver
import Foundation
import ONNX
import Samples
import Support
import Testing

@testable import Espalier

/// Factors of a layer's outputs, trained while weights and biases stay: y = γ·(W·x + b).
struct LayerScaleTests {
  private let training: SmallTraining
  private let quantized: Model

  init() throws {
    training = try SmallTraining()
    quantized = try training.quantized()
  }

  private func plan(
    _ model: Model, _ mode: NumberMode, _ policy: PolicySource = .preset("scale"),
    _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> Plan {
    var options = CompileOptions.training(mode)
    (options.learningRate, options.steps) = (0.05, 24)
    change(&options)
    return try Plan.compile(model, policy: policy, options: options)
  }

  private func policy(_ entries: String...) -> PolicySource {
    let json = #"{"policy": 1, "default": "frozen", "layers": [\#(entries.joined(separator: ","))]}"#
    return .document(Array(json.utf8), path: "p")
  }

  /// At γ = 1, dγ[o] = Σ W[o]·dW[o] + b[o]·db[o].
  @Test func gradientIsThatOfWeightAndBias() throws {
    let scales = try Trainer(plan(training.model, .f32)).gradients(training.samples)
    let full = try Trainer(plan(training.model, .f32, .full))
    let whole = try full.gradients(training.samples)
    #expect(scales.logits == whole.logits)
    let untrained = try UntrainedNetwork(full.plan.findModel(nil), full.plan.metadata)
    for (layer, bias) in [("stem", "stem.bias"), ("dw", "dw_bias"), ("pw", "pw.bias")] {
      let found = try #require(scales.tensors.first { $0.name == layer + ".scale" })
      var expected = [Float](repeating: 0, count: found.values.count)
      for name in [layer, bias] {
        let gradient = try #require(whole.tensors.first { $0.name == name })
        let values = try untrained.tensor(name).values
        let inner = values.count / expected.count
        for (index, value) in values.enumerated() { expected[index / inner] += value * gradient.values[index] }
      }
      #expect(found.shape == [expected.count])
      for (a, b) in zip(found.values, expected) { #expect(abs(a - b) <= 1e-5 + 1e-4 * abs(b), "\(layer)") }
    }
  }

  @Test(arguments: [(NumberMode.i8f, 0.998), (.i16g, 0.998), (.i8, 0.99)])
  func integersComeNearTheGradientInFloat(mode: NumberMode, closeness: Double) throws {
    let floats = try Trainer(plan(quantized, .f32)).gradients(training.samples)
    let integers = try Trainer(plan(quantized, mode)).gradients(training.samples)
    for layer in ["stem.scale", "dw.scale", "pw.scale"] {
      let a = try #require(floats.tensors.first { $0.name == layer }).values.map(Double.init)
      let b = try #require(integers.tensors.first { $0.name == layer }).values.map(Double.init)
      let (aa, bb) = (zip(a, a).map(*).reduce(0, +), zip(b, b).map(*).reduce(0, +))
      let cosine = zip(a, b).map(*).reduce(0, +) / (aa * bb).squareRoot()
      #expect(cosine >= closeness && abs((bb / aa).squareRoot() - 1) < 0.05, "\(mode) \(layer): \(cosine), \(bb / aa)")
    }
  }

  /// The trained scales are in the file: what it predicts is what the plan predicts, in integers to the bit.
  @Test(arguments: [NumberMode.f32, .i8f, .i16g, .i8, .i8t])
  func trainedScalesGoOut(mode: NumberMode) throws {
    let model = mode == .f32 ? training.model : quantized
    let mixed = policy(
      #"{"match": "*", "train": "scale", "bias": true}"#, #"{"match": "head*", "train": "full"}"#)
    let trainer = try Trainer(plan(model, mode, mixed))
    let losses = try trainer.losses(on: training.samples, steps: 24)
    let (first, last): (Float, Float) = (losses.prefix(4).reduce(0, +), losses.suffix(4).reduce(0, +))
    #expect(last < 0.9 * first)
    let moved = try trainer.variables().filter { $0.key.hasSuffix(".scale") }
    #expect(moved.count == 3)
    for tensor in moved.values { #expect(tensor.values.contains { $0 != 1 }) }
    let expected = try trainer.predict(training.samples).logits
    for options in mode == .f32 ? [(false, true), (false, false)] : [(false, false), (true, false)] {
      let bytes = try trainer.exported(unfold: options.1, float: options.0)
      try training.scratch.write("t.onnx", bytes)
      let again = try Trainer(
        plan(Model(path: training.scratch.file("t.onnx")), options.0 ? .f32 : mode, .preset("head")) {
          $0.classes = nil
        })
      let found = try again.predict(training.samples).logits
      // Without the roundings of integers between layers, floats only come near.
      let tolerance: Float = options.0 ? 0.3 : mode == .f32 ? 1e-4 : 0
      for (a, b) in zip(expected, found) { #expect(abs(a - b) <= tolerance, "\(mode), \(options)") }
    }
  }
}

extension ExportTensor.Storage {
  fileprivate var values: [Float] { if case .floats(let values) = self { values } else { [] } }
}
