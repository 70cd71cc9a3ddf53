import ArgumentParser
import Espalier
import Report

/// `espalier export`: the trained values back into the ONNX file.
struct ExportCommand: ParsableCommand {
  static let configuration = verb(
    "export", "Writes the model with the trained values as ONNX.",
    "espalier export model.plan --checkpoint model.ckpt -o trained.onnx",
    "espalier export model.plan --checkpoint model.ckpt --model originals/model.onnx --unfold -o trained.onnx")

  @OptionGroup var arguments: PlanArguments

  @OptionGroup var options: ExportOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(options.output, common, from: arguments.plan, arguments.checkpoint, options.model)
    try options.export(arguments.trainer(common), to: output, common)
  }
}

/// How a model is written.
struct ExportOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The ONNX file to write; - is standard output.")
  var output: String

  @Option(help: "The model that the plan was compiled from, where it has moved.")
  var model: String?

  @Flag(
    help:
      "Writes a quantized model in float: real weights, a Clip for each rounding. Other runtimes may compute integers with less precision."
  )
  var float = false

  @Flag(help: "Gives batch normalizations their own values back instead of leaving them folded.")
  var unfold = false

  func export(_ trainer: Trainer, to output: Output, _ common: CommonOptions) throws {
    try Output.refuse(output.path, over: trainer.plan.modelPaths)
    let bytes = try trainer.exported(model: model, unfold: unfold, float: float)
    try output.write(bytes)
    let report = ExportReport(
      output: output.path, bytes: bytes.count, steps: trainer.step,
      tensors: trainer.plan.metadata.parameters.map(\.name))
    let text = "\(output.path): \(grouped(bytes.count)) bytes, \(counted(report.tensors.count, "trained tensor")), "
    try output.report(report, text + "\(counted(report.steps, "step"))\n", common)
  }
}

private struct ExportReport: Encodable {
  let schema = 1
  let output: String
  let bytes: Int
  let steps: Int
  let tensors: [String]
}
