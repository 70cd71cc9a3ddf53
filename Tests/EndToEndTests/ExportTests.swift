import Driver
import Support
import Testing

@testable import Espalier
@testable import ONNX

/// The exported model predicts what the trained plan predicts.
struct ExportTests {
  private let training: SmallTraining
  init() throws { training = try SmallTraining() }

  /// Predictions of an ONNX file by a plan that trains nothing but the head, before any training.
  private func predictions(_ bytes: [UInt8]) throws -> Predictions {
    try training.scratch.write("exported.onnx", bytes)
    var options = CompileOptions()
    options.batch = 4
    let plan = try Plan.compile(Model(path: training.scratch.file("exported.onnx")), policy: .head, options: options)
    return try Trainer(plan).predict(training.samples)
  }

  @Test(arguments: ["full", "bias", "head", "last-2", "region"], [false, true])
  func predictionsSurvive(policy: String, unfold: Bool) throws {
    let trainer = try Trainer(training.plan(policy == "region" ? SmallTraining.regionPolicy : .preset(policy)))
    let before = try trainer.predict(training.samples)
    _ = try trainer.losses(on: training.samples, steps: 10)
    let after = try trainer.predict(training.samples)
    #expect(before.logits != after.logits && after.outputs == 3 && after.classes.count == 48)
    let exported = try predictions(trainer.exported(unfold: unfold))
    #expect(exported.outputs == 3 && exported.classes == after.classes)
    for (a, b) in zip(exported.logits, after.logits) { #expect(abs(a - b) < (unfold ? 1e-4 : 1e-6)) }
  }

  @Test func trainedStatisticsAreExported() throws {
    let trainer = try Trainer(training.plan { $0.keepBatchNorm = true })
    _ = try trainer.losses(on: training.samples, steps: 10)
    let after = try trainer.predict(training.samples)
    let bytes = try trainer.exported()
    let exported = try predictions(bytes)
    for (a, b) in zip(exported.logits, after.logits) { #expect(abs(a - b) < 1e-4) }
    let mean = try ONNXModel(bytes: bytes, path: "t.onnx").initializer("b.mean")?.floats()
    let original = try training.model.file.initializer("b.mean")?.floats()
    #expect(mean != nil && mean != original)
  }

  @Test func aRegionLeavesTheRestOfItsTensor() throws {
    let trainer = try Trainer(training.plan(SmallTraining.regionPolicy))
    let start = try ONNXModel(bytes: trainer.exported(), path: "s.onnx").initializer("pw")?.floats()
    _ = try trainer.losses(on: training.samples, steps: 5)
    let end = try ONNXModel(bytes: trainer.exported(), path: "e.onnx").initializer("pw")?.floats()
    let (old, new) = try (#require(start), #require(end))
    for index in 0..<24 { #expect((old[index] == new[index]) == !(1..<3).contains(index % 4), "\(index)") }
  }
}
