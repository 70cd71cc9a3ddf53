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

  func run() throws {
    let target = try Target.named(arguments.target, in: .ofThisProgram)
    let options = try arguments.options(target)
    if let data = arguments.calibrationData {
      throw Failure(
        .usage, "--calibration-data \(data): a search takes a model that is in integers already",
        advice: "make it: espalier quantize \(search.model) --data \(data)")
    }
    let model = try Model(path: search.model)
    let data = try common.samples(search.data, for: model)
    let judge = try search.eval.map { try common.samples($0, for: model) }
    if let trial = search.trial { return try runTrial(trial, model, data, judge, options) }
    let path = output ?? replacingExtension(search.model, by: "front.json")
    let output = try Output(path, common, from: search.model, search.data, search.eval)
    let page = try html.map { try Output($0, common, from: search.model, search.data, search.eval, path) }
    let cache = search.cache ?? (output.isStandardOutput ? search.model : path) + ".trials"
    Interrupt.watch()
    let store = TrialStore(folder: cache, model, data, judge, options)
    let run = SearchRun(search, options, common, trials(store))
    let front = try run.front(model, data)
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
    try StandardOutput.write(jsonText(result))
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
