import Driver
import Espalier
import Foundation
import ONNX
import Quantize

extension CompileCommand {
  /// The model in integers where an integer mode is asked for, the file is in float and samples are given: it is to stand
  /// beside the plan, as `<plan>.int8.onnx`, and the plan refers to it.
  ///
  /// - Returns: the model to compile, and the bytes to write to its path; nil where it is the file itself.
  func calibrated(_ model: Model, _ options: CompileOptions, plan: String) throws -> (model: Model, bytes: [UInt8]?) {
    guard let data = arguments.calibrationData else { return (model, nil) }
    guard !model.file.isQuantized else {
      common.note("\(self.model) is quantized already: \(data) is not looked at")
      return (model, nil)
    }
    guard !options.keepBatchNorm else {
      throw Failure(
        .usage, "--keep-batchnorm and --calibration-data contradict each other: integers have normalizations folded",
        advice: "leave out --keep-batchnorm")
    }
    guard plan != "-" || options.stopAfter != nil else {
      throw Failure(
        .usage, "the quantized model has its place beside the plan, and -o - has none",
        advice: "name a file: -o model.plan, or quantize first: espalier quantize \(self.model) --data \(data)")
    }
    var quantizing = QuantizeOptions()
    quantizing.calibration = arguments.calibration
    quantizing.inputShape = options.inputShape
    let bar = ProgressBar(common)
    defer { bar.clear() }
    let samples = try common.samples(data, for: model, needsLabels: false)
    let result = try model.quantized(on: samples, quantizing) { bar.show($0, of: $1, unit: "batches") }
    let path = (plan.hasSuffix(".plan") ? String(plan.dropLast(5)) : plan) + ".int8.onnx"
    common.detail(
      "quantized on \(result.report.samples) samples: result against float "
        + String(format: "%.1f dB, cosine %.5f", result.report.decibels, result.report.cosine))
    for layer in result.report.floatLayers { common.note("note: \(layer.node) stays in float: it \(layer.reason)") }
    return (Model(file: try .init(bytes: result.bytes, path: path)), result.bytes)
  }

  /// Chooses formats layer by layer in mode auto; what a file says of a layer stays.
  func formatChooser(_ model: Model) -> FormatChooser? {
    guard let data = arguments.calibrationData else { return nil }
    return { [common] probe in
      let (chosen, deviations) = try probe.gradientFormats(on: Samples(path: data, for: model))
      for layer in deviations {
        common.detail("\(layer.layer): d_c " + String(format: "%.4f", layer.deviation))
      }
      common.note("gradients of \(chosen.layers.count) of \(deviations.count) layers take 16 bits")
      return chosen
    }
  }
}
