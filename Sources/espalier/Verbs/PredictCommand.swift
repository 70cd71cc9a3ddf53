import ArgumentParser
import Espalier
import Report
import Samples

/// `espalier predict`: logits and classes of samples.
struct PredictCommand: ParsableCommand {
  static let configuration = verb(
    "predict", "Predicts samples, in their order.",
    "espalier predict model.plan --data test.pack --checkpoint model.ckpt -o predictions.npz",
    "espalier predict model.plan --data photos.npz -o predictions.npz")

  @OptionGroup var arguments: PlanArguments

  @Option(help: "Packed data, or .npz with x as the model takes it, or .npy; labels are not needed.")
  var data: String

  @Option(name: .shortAndLong, help: "The .npz file to write, with logits and classes; - is standard output.")
  var output: String

  @OptionGroup var sharing: ThreadOption

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(output, common, from: arguments.plan, arguments.checkpoint, data)
    let trainer = try arguments.trainer(common)
    try sharing.use(by: trainer, usual: ThreadOption.processors, common)
    let predictions = try trainer.predict(common.samples(data, for: trainer.plan, needsLabels: false))
    let count = predictions.classes.count
    var file = NPZ()
    file["logits"] = NumPyArray([count, predictions.outputs], floats: predictions.logits)
    file["classes"] = NumPyArray([count], integers: predictions.classes.map { Int64($0) })
    try output.write(file.encoded(path: output.path))
    let report = PredictReport(output: output.path, samples: count, outputs: predictions.outputs)
    try output.report(
      report, "\(output.path): \(counted(count, "sample")), \(counted(report.outputs, "logit")) each\n", common)
  }
}

private struct PredictReport: Encodable {
  let schema = 1
  let output: String
  let samples: Int
  let outputs: Int
}
