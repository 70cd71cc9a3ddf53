import ArgumentParser
import Espalier
import Foundation
import ONNX
import Report

/// `espalier quantize`: a model in float into one in integers.
struct QuantizeCommand: ParsableCommand {
  static let configuration = verb(
    "quantize", "Turns a model in float into one in int8, with ranges measured on samples.",
    "espalier quantize model.onnx --data train.pack",
    "espalier quantize model.onnx --data photos.npz --calibration percentile --samples 256 -o model.int8.onnx")

  @Argument(help: "An ONNX file.")
  var model: String

  @Option(help: "Packed data, .npz with x, or .npy; no labels needed. Of split data, the training part is taken.")
  var data: String

  @Option(
    name: .shortAndLong,
    help: "The ONNX file to write; - is standard output. By default the model's name with .int8.onnx.")
  var output: String?

  @OptionGroup(title: "Quantization") var arguments: QuantizeArguments

  @Option(help: ArgumentHelp("Shape of the input where the model leaves it open: 1x3x96x96.", valueName: "shape"))
  var inputShape: ShapeArgument?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(self.output ?? replacingExtension(model, by: "int8.onnx"), common, from: model, data)
    let model = try Model(path: model)
    model.file.noteTraining(common)
    let samples = try common.samples(data, for: model, needsLabels: false)
    let bar = ProgressBar(common)
    defer { bar.clear() }
    let result = try model.quantized(on: samples, arguments.options(inputShape: inputShape)) { done, total in
      bar.show(done, of: total, unit: "batches")
    }
    bar.clear()
    try output.write(result.bytes)
    let report = QuantizeReport(result, model: self.model, output: output.path)
    try output.report(report, report.text(isLong: common.verbose), common)
  }
}

struct QuantizeReport: Encodable {
  /// An activation that is rounded to integers.
  struct Activation: Encodable {
    let name: String
    let scale: Float
    let zeroPoint: Int
    let snrDb: Double
    let cosine: Double
  }

  struct FloatLayer: Encodable {
    let node: String
    let reason: String
  }

  let schema = 1
  let model: String
  let output: String
  let bytes: Int
  let calibration: String
  let samples: Int
  /// Layers with integer weights.
  let integerLayers: Int
  /// Layers in front of the classifier that stay in float.
  let floatLayers: [FloatLayer]
  let equalization: Bool
  let biasCorrection: Bool
  /// Of the model's first result.
  let snrDb: Double
  let cosine: Double
  let layers: [Activation]

  init(_ result: Quantization, model: String, output: String) {
    let report = result.report
    self.model = model
    self.output = output
    bytes = result.bytes.count
    calibration = report.calibration.rawValue
    samples = report.samples
    integerLayers = report.layers
    floatLayers = report.floatLayers.map { FloatLayer(node: $0.node, reason: $0.reason) }
    equalization = report.isEqualized
    biasCorrection = report.isBiasCorrected
    snrDb = report.decibels
    cosine = report.cosine
    layers = report.activations.map {
      Activation(name: $0.name, scale: $0.scale, zeroPoint: $0.zeroPoint, snrDb: $0.decibels, cosine: $0.cosine)
    }
  }

  /// The outcome, behind a table of the worst activations or of all.
  func text(isLong: Bool) -> String {
    let shown = isLong ? layers : Array(layers.sorted { $0.snrDb < $1.snrDb }.prefix(8))
    let rows = shown.map { [$0.name, "\($0.scale)", "\($0.zeroPoint)", decibels($0.snrDb), share($0.cosine)] }
    let title = isLong ? "activation" : "noisiest activations"
    var text = table([[title, "scale", "zero", "SNR dB", "cosine"]] + rows, right: [1, 2, 3, 4], flexible: 0)
    text += "\(output): \(grouped(bytes)) bytes, \(counted(integerLayers, "layer")) in int8, "
    text += "calibrated on \(counted(samples, "sample"))"
    text += " (\(calibration)\(equalization ? ", equalized" : "")\(biasCorrection ? ", bias corrected" : ""))\n"
    for layer in floatLayers { text += "\(layer.node) stays in float: it \(layer.reason)\n" }
    return text + "result against float: \(decibels(snrDb)) dB, cosine \(share(cosine))\n"
  }

  private func decibels(_ value: Double) -> String { String(format: "%.1f", value) }
  private func share(_ value: Double) -> String { String(format: "%.5f", value) }
}
