import ArgumentParser
import Espalier
import Report
import Samples

/// `espalier gradients`: what one training step would change, without changing it.
struct GradientsCommand: ParsableCommand {
  static let configuration = verb(
    "gradients", "Computes loss and gradients of the first batch; nothing is updated.",
    "espalier gradients model.plan --data batch.npz -o gradients.npz",
    "espalier gradients model.plan --data batch.npz --checkpoint model.ckpt -o gradients.npz --json")

  @OptionGroup var arguments: PlanArguments

  @Option(help: "Packed data, or .npz with x and y; as many samples as the plan's batch are taken.")
  var data: String

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Which of several plans; by default the one whose turn it is.", valueName: "name"))
  var name: String?

  @Option(name: .shortAndLong, help: "The .npz file to write: loss, logits, grad/<tensor>; - is standard output.")
  var output: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(output, common, from: arguments.plan, arguments.checkpoint, data)
    let trainer = try arguments.trainer(common)
    if let name { try trainer.follow(name) }
    let gradients = try trainer.gradients(common.samples(data, for: trainer.plan))
    var file = NPZ()
    file["loss"] = NumPyArray([], floats: [gradients.loss])
    file["logits"] = NumPyArray([gradients.batch, gradients.logits.count / gradients.batch], floats: gradients.logits)
    for tensor in gradients.tensors { file["grad/" + tensor.name] = NumPyArray(tensor.shape, floats: tensor.values) }
    try output.write(file.encoded(path: output.path))
    let report = GradientsReport(
      output: output.path, loss: gradients.loss, samples: gradients.batch, tensors: gradients.tensors.map(\.name))
    try output.report(report, "\(output.path): loss \(report.loss), \(report.tensors.count) gradients\n", common)
  }
}

private struct GradientsReport: Encodable {
  let schema = 1
  let output: String
  let loss: Float
  let samples: Int
  let tensors: [String]
}
