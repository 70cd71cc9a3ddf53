import ArgumentParser
import Driver
import Espalier
import Foundation
import Report
import Select
import Synchronization

/// `espalier search`: policies worth most under ever larger caps, and how well they learn.
struct SearchCommand: ParsableCommand {
  static let configuration = verb(
    "search", "Finds what to train under a budget. Ctrl-C ends it; the same command goes on where it was.",
    "espalier search model.int8.onnx --data train.pack --classes 10 --cap 256KiB -o front.json",
    "espalier search model.int8.onnx --data train.pack --eval test.pack --score contribution --cap none --steps 300")

  @OptionGroup var search: SearchArguments

  @Option(name: .short, help: "The result to write; by default the model's name with .front.json.")
  var output: String?

  @Option(help: ArgumentHelp("Also writes a page with the picture.", valueName: "file"))
  var html: String?

  @OptionGroup(title: "Training") var arguments: CompileArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    let unused = [("-o", output != nil), ("--html", html != nil)]
    if search.trial != nil, !search.asPart, let (name, _) = unused.first(where: \.1) {
      throw ValidationError("A single trial writes nothing: leave out \(name), or --trial.")
    }
  }

  func run() throws {
    try arguments.refuse(.policy, .plans, because: "a search finds what to train")
    try arguments.refuse(.stopAfter, because: "a search goes through all stages")
    try arguments.refuse(.mode, because: "a search is that of one number format")
    let target = try Target.named(arguments.target, in: .ofThisProgram)
    let options = try arguments.options(target)
    if let data = arguments.calibrationData {
      throw Failure(
        .usage, "--calibration-data \(data): a search takes a model that is in integers already",
        advice: "make it: espalier quantize \(search.model) --data \(data)")
    }
    let model = try Model(path: search.model)
    guard options.mode == .f32 || model.file.isQuantized else {
      throw Failure(
        .usage, "\(search.model) is a model in float, and mode \(options.mode.rawValue) trains integers",
        advice: "make it one in integers: espalier quantize \(search.model) --data \(search.data); or give --mode f32")
    }
    let data = try common.samples(search.data, for: model)
    let judge = try search.eval.map { try common.samples($0, for: model) }
    if let trial = search.trial { return try runTrial(trial, model, data, judge, options) }
    let path = output ?? replacingExtension(search.model, by: "front.json")
    let output = try Output(path, common, from: search.model, search.data, search.eval)
    let page = try html.map { try Output($0, common, from: search.model, search.data, search.eval, path) }
    try page?.expectDifferent(from: output, "-o and --html")
    let cache = search.cache ?? (output.isStandardOutput ? search.model : path) + ".trials"
    Interrupt.watch()
    let store = TrialStore(folder: cache, model, data, judge, options)
    if !search.untrained || search.score == .contribution { try store.check() }
    let run = SearchRun(search, options, common, trials(store))
    let result = Result { try run.front(model, data) }
    // Trials that Ctrl-C ended have failed.
    if case .failure = result, Interrupt.isRequested { throw SearchRun.interrupted }
    let front = try result.get()
    try output.write(Array(jsonText(front).utf8))
    if let page {
      let name = PathParts(search.model).name
      try page.write(Array(SearchPage(title: name, front).text.utf8))
    }
    try output.report(front, front.text, common)
  }

  private func trials(_ store: TrialStore) -> Trials {
    let bar = SharedBar(common)
    let processes = TrialProcesses(
      executable: Bundle.main.executablePath ?? CommandLine.arguments[0],
      arguments: Array(CommandLine.arguments.dropFirst()),
      jobs: search.jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    let python = ProcessInfo.processInfo.environment["ESPALIER_PYTHON"] ?? "python3"
    let runner: any TrialRunner = search.ray.map { RayTrials(address: $0, python: python, processes) } ?? processes
    return Trials(store, runner) { done, total in
      bar.show(done, of: total, unit: "trials")
      return !Interrupt.isRequested
    }
  }

  private func runTrial(
    _ path: String, _ model: Model, _ data: Samples, _ judge: Samples?, _ options: CompileOptions
  ) throws {
    let policy = try UpdatePolicy(json: readFile(path), path: path)
    let result = try Trial(policy, steps: options.steps, seed: options.seed).run(model, on: data, judge: judge, options)
    try common.report(TrialReport(result), TrialReport(result).text(path, options.steps))
  }
}

/// What one trial came to, as `--trial` prints it.
private struct TrialReport: Encodable {
  let schema = 1
  @OrNull var accuracy: Double?
  @OrNull var meanSquaredError: Double?
  @OrNull var loss: Float?

  init(_ result: TrialResult) {
    (accuracy, meanSquaredError, loss) = (result.accuracy, result.meanSquaredError, result.loss)
  }

  func text(_ policy: String, _ steps: Int) -> String {
    let worth =
      accuracy.map { String(format: "accuracy %.2f %%", 100 * $0) }
      ?? meanSquaredError.map { "mean squared error \($0)" }
    let last = loss.map { "last loss \($0)" } ?? "it diverged"
    return "\(policy), \(counted(steps, "step")): " + [worth, last].compactMap(\.self).joined(separator: ", ") + "\n"
  }
}

/// A progress bar for several threads.
final class SharedBar: Sendable {
  private let bar: Mutex<ProgressBar>

  init(_ common: CommonOptions) { bar = Mutex(ProgressBar(common)) }

  func show(_ done: Int, of total: Int, unit: String) {
    bar.withLock { bar in
      bar.show(done, of: total, unit: unit)
      if done == total { bar.clear() }
    }
  }
}
