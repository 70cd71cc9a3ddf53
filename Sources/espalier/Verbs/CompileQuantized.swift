import CPlatform
import Driver
import Espalier
import Foundation
import ONNX
import Quantize
import Samples

extension CompileArguments {
  /// The model in integers where an integer mode is asked for, the file is in float and samples are given.
  ///
  /// - Parameter path: of the file that the model in integers is to be.
  /// - Returns: the model and its bytes; nil where it is the file itself.
  func quantized(
    _ model: Model, _ options: CompileOptions, path: String, _ common: CommonOptions
  ) throws -> (model: Model, bytes: [UInt8])? {
    guard let data = calibrationData else { return nil }
    guard !model.file.isQuantized else {
      common.note("\(model.file.path) is quantized already: \(data) is not looked at")
      return nil
    }
    guard !options.keepBatchNorm else {
      throw Failure(
        .usage, "--keep-batchnorm and --calibration-data contradict each other: integers have normalizations folded",
        advice: "leave out --keep-batchnorm")
    }
    var quantizing = QuantizeOptions()
    if let calibration { quantizing.calibration = calibration }
    quantizing.inputShape = options.inputShape
    let bar = ProgressBar(common)
    defer { bar.clear() }
    let samples = try common.samples(data, for: model, needsLabels: false)
    let result = try model.quantized(on: samples, quantizing) { bar.show($0, of: $1, unit: "batches") }
    common.detail(
      "quantized on \(result.report.samples) samples: result against float "
        + String(format: "%.1f dB, cosine %.5f", result.report.decibels, result.report.cosine))
    for layer in result.report.floatLayers { common.note("note: \(layer.node) stays in float: it \(layer.reason)") }
    return (Model(file: try .init(bytes: result.bytes, path: path)), result.bytes)
  }
}

extension CompileCommand {
  /// The model in integers that stands beside the plan, as `<plan>.int8.onnx`, and that the plan refers to.
  ///
  /// - Returns: the model to compile, and its bytes; nil where it is the file itself.
  func calibrated(_ model: Model, _ options: CompileOptions, plan: String) throws -> (model: Model, bytes: [UInt8]?) {
    if let data = arguments.calibrationData, !model.file.isQuantized, plan == "-", options.stopAfter == nil,
      !options.keepBatchNorm
    {
      throw Failure(
        .usage, "the quantized model has its place beside the plan, and -o - has none",
        advice: "name a file: -o model.plan, or quantize first: espalier quantize \(self.model) --data \(data)")
    }
    let path = (plan.hasSuffix(".plan") ? String(plan.dropLast(5)) : plan) + ".int8.onnx"
    guard let result = try arguments.quantized(model, options, path: path, common) else { return (model, nil) }
    return result
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

/// The file of the model in integers, which nobody named: nothing that is there is replaced by it.
struct QuantizedFile {
  private let output: Output
  private let bytes: [UInt8]
  /// Whether the very same bytes are there already.
  private let isThere: Bool

  /// - Throws: `Failure` where something else is there.
  init(_ bytes: [UInt8], _ path: String, _ common: CommonOptions, from inputs: [String?]) throws {
    output = try Output(path, common, from: inputs)
    self.bytes = bytes
    var status = stat()
    isThere = lstat(path, &status) == 0
    guard isThere else { return }
    let isSame = (try? FileBytes(path: path))?.withBytes { $0.elementsEqual(bytes) } ?? false
    guard isSame else {
      // Other plans may refer to it, and it may be what somebody quantized with care.
      throw Failure(
        .cannotCreate, "\(path) is there already and is another model than the one in integers that belongs there",
        advice: "train that one: espalier compile \(path); or name another plan: -o FILE; or move it away")
    }
  }

  func write() throws { if !isThere { try output.write(bytes) } }

  /// Takes back what was written, where the plan that refers to it cannot be.
  func remove() { if !isThere { unlink(output.path) } }
}
