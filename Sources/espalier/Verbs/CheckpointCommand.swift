import ArgumentParser
import Espalier
import Foundation
import Report

/// `espalier checkpoint`: what a training has written.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Shows, compares, exports and applies checkpoints.",
    discussion: examples([
      "espalier checkpoint show model.ckpt",
      "espalier checkpoint apply model.plan model.ckpt -o trained.plan",
    ]),
    version: EspalierCommand.version,
    subcommands: [CheckpointShow.self, CheckpointCompare.self, CheckpointExport.self, CheckpointApply.self])
}

/// `espalier checkpoint show`: both slots of a checkpoint.
struct CheckpointShow: ParsableCommand {
  static let configuration = verb(
    "show", "Tells how far a training has come, and whether both of its files are whole.",
    "espalier checkpoint show model.ckpt", "espalier checkpoint show model.ckpt --json")

  @Argument(help: "A checkpoint, as `espalier train` or a runner wrote it.")
  var checkpoint: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let slots = [checkpoint, checkpoint + ".previous"].map { path in
      Result { () throws(EspalierError) in try CheckpointSummary(path: path) }
    }
    guard let used = slots.firstIndex(where: { (try? $0.get()) != nil }) else {
      _ = try slots[0].get()
      return
    }
    let summary = try slots[used].get()
    let report = CheckpointReport(summary, isPrevious: used == 1, previous: slots[1])
    if used == 1, case .failure(let error) = slots[0] { common.note(error.failure.text) }
    try common.report(report, report.text)
  }
}

/// `espalier checkpoint compare`: two checkpoints of one plan, tensor by tensor.
struct CheckpointCompare: ParsableCommand {
  static let configuration = verb(
    "compare", "Compares two checkpoints of a plan; exit code 1 where they differ.",
    "espalier checkpoint compare model.plan a.ckpt b.ckpt",
    "espalier checkpoint compare model.plan a.ckpt b.ckpt --json")

  @Argument(help: "The plan that both were trained with.")
  var plan: String
  @Argument(help: "A checkpoint.")
  var first: String
  @Argument(help: "Another one.")
  var second: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let comparison = try CheckpointComparison(Plan(path: plan), first, second)
    let report = ComparisonReport(
      equal: comparison.isEqual,
      tensors: comparison.tensors.map {
        .init(name: $0.name, elements: $0.elements, changed: $0.changed, largest: $0.largest, mean: $0.mean)
      })
    try common.report(report, report.text)
    if !comparison.isEqual { throw ExitCode(ExitStatus.no.rawValue) }
  }
}

/// `espalier checkpoint export`: `espalier export` by another name.
struct CheckpointExport: ParsableCommand {
  static let configuration = verb(
    "export", "Writes the model with the values of a checkpoint as ONNX.",
    "espalier checkpoint export model.plan model.ckpt -o trained.onnx",
    "espalier checkpoint export model.plan model.ckpt --model originals/model.onnx -o trained.onnx")

  @OptionGroup var trained: TrainedPlan
  @OptionGroup var options: ExportOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(options.output, common, from: trained.plan, trained.checkpoint, options.model)
    try options.export(trained.trainer(common), to: output, common)
  }
}

/// `espalier checkpoint apply`: a plan that starts from the values of a checkpoint.
struct CheckpointApply: ParsableCommand {
  static let configuration = verb(
    "apply", "Writes a plan that starts from the trained values, with a fresh optimizer.",
    "espalier checkpoint apply model.plan model.ckpt -o trained.plan",
    "espalier checkpoint apply model.plan model.ckpt -o trained.plan --json")

  @OptionGroup var trained: TrainedPlan
  @Option(name: .shortAndLong, help: "The plan to write; - is standard output.")
  var output: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(output, common, from: trained.plan, trained.checkpoint)
    try output.write(plan: trained.trainer(common).planFromHere(), common)
  }
}

private struct CheckpointReport: Encodable {
  let schema = 1
  let path: String
  let bytes: Int
  let plan: String
  let step: Int
  let microStep: Int
  let seed: UInt64
  let epoch: Int
  let position: Int
  let persistentBytes: Int
  let samples: Int
  let correct: Int
  @OrNull var meanLoss: Double?
  let bestAccuracy: Double
  /// Whether the newest file could not be used.
  let isPrevious: Bool
  /// Updates of the file before; null where there is none that is whole.
  @OrNull var previousStep: Int?

  init(_ summary: CheckpointSummary, isPrevious: Bool, previous: Result<CheckpointSummary, EspalierError>) {
    path = summary.path
    bytes = summary.bytes
    plan = summary.plan.hexadecimal
    step = summary.step
    microStep = summary.microStep
    seed = summary.progress.seed
    epoch = Int(summary.progress.epoch)
    position = Int(summary.progress.position)
    persistentBytes = summary.persistentBytes
    samples = Int(clamping: summary.statistics.samples)
    correct = Int(clamping: summary.statistics.correct)
    bestAccuracy = Double(summary.statistics.bestAccuracy) / 1_000_000
    self.isPrevious = isPrevious
    meanLoss = samples > 0 ? summary.statistics.loss / Double(samples) : nil
    previousStep = (try? previous.get())?.step
  }

  var text: String {
    var rows = [
      ["file", path], ["bytes", grouped(bytes)], ["plan", plan], ["step", grouped(step)], ["seed", "\(seed)"],
      ["epoch", "\(epoch), \(counted(position, "sample")) of it given"], ["samples", grouped(samples)],
    ]
    if let meanLoss { rows.append(["mean loss", String(format: "%.5f", meanLoss)]) }
    rows.append(["right", grouped(correct)])
    rows.append(["before", previousStep.map { "step \(grouped($0))" } ?? "no whole file"])
    return table(rows, right: [])
  }
}

private struct ComparisonReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let elements: Int
    let changed: Int
    let largest: Double
    let mean: Double
  }

  let schema = 1
  let equal: Bool
  let tensors: [Tensor]

  var text: String {
    guard !equal else { return "the checkpoints are equal\n" }
    let rows = tensors.map {
      [
        $0.name, grouped($0.elements), grouped($0.changed), String(format: "%.6g", $0.largest),
        String(format: "%.6g", $0.mean),
      ]
    }
    return table([["tensor", "elements", "changed", "largest", "mean"]] + rows, right: [1, 2, 3, 4])
  }
}
