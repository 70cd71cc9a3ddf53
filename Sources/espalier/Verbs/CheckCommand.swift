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
    var report = CheckReport(try model.file.support(options), path: self.model, opset: model.file.opset)
    if report.supported { report.untrained = try untrained(model) }
    try common.report(report, report.text)
    guard report.supported else {
      throw Failure(
        .no, "\(self.model) has \(counted(report.refused.count, "kind")) of operators that are not supported",
        advice: "replace the nodes that are listed, or export the model another way")
    }
  }

  /// What no policy trains; nil where no one network can be made of the file: the shape of its input is open, or it has
  /// several inputs.
  private func untrained(_ model: Model) throws -> [PlanReport.Untrained]? {
    var options = CompileOptions()
    options.inputShape = inputShape?.sizes
    do { return try untrainedTensors(model.file, options) } catch let error
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
      text += untrained.map { "  \($0.name) \($0.reason)\n" }.joined()
    }
    return text
  }
}
