import ArgumentParser
import Driver
import Espalier
import ONNX
import Report

/// `espalier check`: whether a model can be imported and trained.
struct CheckCommand: ParsableCommand {
  static let configuration = verb(
    "check", "Lists the operators of a model, and what of it cannot be imported or trained.",
    "espalier check model.onnx", "espalier check model.onnx --json")

  @Argument(help: "An ONNX file.")
  var model: String

  @Option(help: ArgumentHelp("Name of a target, or path of a board.json.", valueName: "name"))
  var target = Target.host.name

  @Option(help: ArgumentHelp("Shape of the input where the model leaves it open: 1x3x96x96.", valueName: "shape"))
  var inputShape: ShapeArgument?

  @OptionGroup var common: CommonOptions

  func run() throws {
    _ = try Target.named(target, in: .ofThisProgram)
    let model = try Model(path: model)
    model.file.noteTraining(common)
    var options = ImportOptions()
    options.inputShape = inputShape?.sizes
    options.treatsSamplesAlike = true
    var report = CheckReport(try model.file.support(options), path: self.model, opset: model.file.opset)
    if report.supported, let exceptions = try exceptions(model) {
      report.untrained = exceptions.untrained
      report.standIns = exceptions.standIns
      if !exceptions.hasLayers {
        common.note("no layer with a weight of its own leads to the result of \(self.model): there is nothing to train")
      }
    }
    try common.report(report, report.text)
    guard report.supported else {
      throw Failure(
        .no, "\(self.model) has \(counted(report.refused.count, "kind")) of operators that are not supported",
        advice: "replace the nodes that are listed, or export the model another way")
    }
  }

  /// What is trained otherwise, or not at all; nil where no one network can be made of the file: the shape of its input
  /// is open, or it has several inputs.
  private func exceptions(_ model: Model) throws -> TrainingExceptions? {
    var options = CompileOptions()
    options.inputShape = inputShape?.sizes
    options.batch = inputShape?.sizes.first ?? model.file.declaredBatch ?? 1
    do { return try TrainingExceptions(model.file, options) } catch let error
      where error is ModelError || isShapeOpen(error)
    {
      return nil
    }
  }

  private func isShapeOpen(_ error: any Error) -> Bool {
    if case ImportError.inputShapeUnknown? = error as? ImportError { true } else { false }
  }
}

struct CheckReport: Encodable {
  struct Operator: Encodable {
    let name: String
    let domain: String
    let count: Int
    let importable: Bool
    let trainable: Bool
    @OrNull var reason: String?
    let nodes: [String]

    var isRefused: Bool { !importable || !trainable }
  }

  let schema = 1
  let model: String
  let opset: Int
  /// Whether everything can be imported and trained.
  let supported: Bool
  let operators: [Operator]
  /// Tensors of the file that no policy trains.
  @OrNull var untrained: [PlanReport.Untrained]?
  /// What training changes in place of the file's tensors of these names.
  @OrNull var standIns: [PlanReport.StandIn]?

  var refused: [Operator] { operators.filter(\.isRefused) }

  init(_ support: [OperatorSupport], path: String, opset: Int) {
    model = path
    self.opset = opset
    operators = support.map {
      Operator(
        name: $0.name, domain: $0.domain, count: $0.count, importable: $0.isImportable, trainable: $0.isTrainable,
        reason: $0.reason, nodes: $0.nodes)
    }
    supported = !operators.contains(where: \.isRefused)
    untrained = nil
    standIns = nil
  }

  /// The table, then each operator that is refused with all its nodes.
  var text: String {
    let rows = operators.map { entry in
      [
        entry.domain.isEmpty ? entry.name : "\(entry.domain).\(entry.name)", "\(entry.count)",
        entry.importable ? "yes" : "no", entry.trainable ? "yes" : "no", entry.reason ?? "",
      ]
    }
    var text = table([["operator", "nodes", "import", "train", ""]] + rows, right: [1], flexible: 4)
    for entry in refused {
      text += "\n\(entry.name): \(entry.reason ?? "not supported")\n"
      text += entry.nodes.map { "  \($0)\n" }.joined()
    }
    if let untrained, !untrained.isEmpty {
      text += "\nnot trained by any policy:\n"
      for (names, reason) in untrained.byReason {
        text += "  \(named(names))\(names.count > 1 ? ": each" : "") \(reason)\n"
      }
    }
    if let standIns, !standIns.isEmpty {
      text += "\ntrained as something else:\n"
      text += standIns.byMeaning.map { "  \(named($0.names)): \($0.meaning)\n" }.joined()
    }
    return text
  }
}
