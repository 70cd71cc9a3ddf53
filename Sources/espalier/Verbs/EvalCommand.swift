import ArgumentParser
import Espalier
import Report

/// `espalier eval`: how well predictions meet labels.
struct EvalCommand: ParsableCommand {
  static let configuration = verb(
    "eval", "Predicts samples and compares with their labels.",
    "espalier eval model.plan --data test.pack --checkpoint model.ckpt",
    "espalier eval model.plan --data test.npz --json")

  @OptionGroup var arguments: PlanArguments

  @Option(help: "Packed data, or .npz with x and y. Of data that was split, the part kept apart is taken.")
  var data: String

  @OptionGroup var sharing: ThreadOption

  @OptionGroup var common: CommonOptions

  func run() throws {
    let trainer = try arguments.trainer(common)
    try sharing.use(by: trainer, usual: ThreadOption.processors, common)
    let samples = try common.samples(data, for: trainer.plan)
    let report = EvaluationReport(try trainer.evaluate(samples), classNames: samples.classNames)
    try common.report(report, report.text + report.confusionText)
  }
}

/// What `eval` prints.
struct EvaluationReport: Encodable {
  let schema = 1
  let samples: Int
  /// Null where labels are targets.
  @OrNull var accuracy: Double?
  @OrNull var correct: Int?
  /// Row: the right class; column: the predicted one.
  let confusion: [[Int]]
  /// Empty where the data has no names for its classes.
  let classNames: [String]
  @OrNull var meanSquaredError: Double?

  init(_ evaluation: Evaluation, classNames: [String] = []) {
    samples = evaluation.samples
    accuracy = evaluation.accuracy
    correct = evaluation.accuracy == nil ? nil : evaluation.correct
    confusion = evaluation.confusion
    self.classNames = classNames
    meanSquaredError = evaluation.meanSquaredError
  }

  var text: String {
    if let accuracy, let correct {
      return "accuracy \(percent(accuracy)): \(grouped(correct)) of \(counted(samples, "sample"))\n"
    }
    return "mean squared error \(meanSquaredError ?? 0) over \(counted(samples, "sample"))\n"
  }

  /// The matrix where it fits a screen, else the mistakes that are most frequent.
  var confusionText: String {
    guard !confusion.isEmpty else { return "" }
    if confusion.count <= 16 {
      let head = ["right \\ predicted"] + confusion.indices.map(String.init)
      let rows = confusion.enumerated().map { [label($0)] + $1.map(String.init) }
      return table(
        [head] + rows, right: Set(classNames.isEmpty ? 0...confusion.count : 1...confusion.count), flexible: 0)
    }
    var mistakes: [(count: Int, right: Int, predicted: Int)] = []
    for (right, row) in confusion.enumerated() {
      for (predicted, count) in row.enumerated() where count > 0 && predicted != right {
        mistakes.append((count, right, predicted))
      }
    }
    mistakes.sort { ($1.count, $0.right, $0.predicted) < ($0.count, $1.right, $1.predicted) }
    let rows = mistakes.prefix(10).map { [label($0.right), label($0.predicted), "\($0.count)"] }
    return table([["right", "predicted", "samples"]] + rows, right: classNames.isEmpty ? [0, 1, 2] : [2], flexible: 1)
  }

  /// `3 cat`, or `3` for a class without a name.
  private func label(_ index: Int) -> String {
    classNames.indices.contains(index) ? "\(index) \(classNames[index])" : "\(index)"
  }
}
