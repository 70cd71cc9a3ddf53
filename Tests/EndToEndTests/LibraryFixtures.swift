import Driver
import Espalier
import Foundation
import Report
import Samples
import Support

@testable import ONNX

/// What library tests train: the small classifier with a new head for 3 classes.
struct SmallTraining {
  let scratch: ScratchFolder
  let model: Model
  let samples: Samples

  init() throws {
    scratch = try ScratchFolder()
    try scratch.writeModel()
    try scratch.writeSamples()
    model = try Model(path: scratch.file("m.onnx"))
    samples = try Samples(path: scratch.file("d.npz"))
  }

  func plan(_ policy: PolicySource = .full, _ change: (inout CompileOptions) -> Void = { _ in }) throws -> Plan {
    var options = CompileOptions()
    options.classes = 3
    options.batch = 4
    options.learningRate = 0.02
    options.steps = 24
    change(&options)
    return try Plan.compile(model, policy: policy, options: options)
  }

  /// The model in integers, calibrated on the samples; its file is `q.onnx`.
  func quantized() throws -> Model {
    try scratch.write("q.onnx", model.quantized(on: samples).bytes)
    return try Model(path: scratch.file("q.onnx"))
  }

  /// Trains part of the layers: channels 1 and 2 of `pw`, the bias of `dw`, and nothing of the head.
  static let regionPolicy = PolicySource.document(
    Array(
      """
      { "policy": 1, "default": "frozen", "layers": [
        { "match": "pw", "train": "region", "input_channels": [1, 3], "bias": false },
        { "match": "dw", "train": "bias" } ] }
      """.utf8), path: "policy.json")
}

extension CompileOptions {
  static func training(_ mode: NumberMode) -> CompileOptions {
    var options = CompileOptions()
    (options.classes, options.batch, options.mode) = (3, 4, mode)
    return options
  }
}

extension Trainer {
  /// Losses of a run without asynchrony.
  func losses(on samples: Samples, steps: Int) throws -> [Float] {
    var options = TrainingOptions()
    options.extent = .steps(steps)
    var run = try run(on: samples, options)
    var losses: [Float] = []
    while let report = try run.next() { losses.append(report.loss) }
    return losses
  }

  func bytes(in scratch: ScratchFolder) throws -> [UInt8] {
    try writeCheckpoint(to: scratch.file("bytes.ckpt"))
    return try scratch.read("bytes.ckpt")
  }
}
