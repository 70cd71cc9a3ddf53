import ArgumentParser
import Espalier
import Foundation
import Measure
import Report
import Select

/// `espalier bench`: how fast kernels are on this processor.
struct BenchCommand: ParsableCommand {
  static let configuration = verb(
    "bench", "Measures kernels in CPU time, beside what the processor can do on registers alone.", "espalier bench",
    "espalier bench model.plan --json", "espalier bench --filter 'quantized_*' --seconds 0.2")

  @Argument(help: "A plan, whose own shapes are measured, and its step; layers of MobileNetV2 without it.")
  var plan: String?

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Which of several plans; by default the one whose turn is first.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp("Measures operators and families of such names only, as 'quantized_*'.", valueName: "glob"))
  var filter: String?

  @Option(help: ArgumentHelp("How long each kernel runs with each kind of vectors.", valueName: "time"))
  var seconds = 0.05

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds must be above 0 and at most 60") }
    if plan == nil && name != nil {
      throw ValidationError("--plan has no use here: name the file of a plan as well, or leave it out")
    }
  }

  func run() throws {
    let filter = filter
    var bench = KernelBench(Stopwatch(seconds: seconds)) { name in filter.map { globMatches($0, name) } ?? true }
    Interrupt.watch()
    let bar = ProgressBar(common)
    let goesOn: (Int, Int) -> Bool = { done, total in
      bar.show(done, of: total, unit: "kernels")
      return !Interrupt.isRequested
    }
    var step: BenchReport.Step?
    if let plan {
      let trainer = try Trainer(Plan(path: plan))
      if let name { try trainer.follow(name) }
      step = try self.step(trainer)
      try trainer.measureKernels(&bench, goesOn: goesOn)
    } else {
      try BuiltInKernels.measure(&bench, goesOn: goesOn)
    }
    bar.clear()
    if Interrupt.isRequested { throw Failure(.interrupted, "interrupted before all was measured") }
    guard !bench.kernels.isEmpty else {
      throw Failure(
        .usage, filter.map { "no kernel to measure has a name like \($0)" } ?? "the plan has no kernel to measure",
        advice: filter == nil
          ? "espalier profile gives the time of all its steps" : "espalier bench without --filter names all")
    }
    let report = BenchReport(bench, seconds: seconds, step: step)
    try common.report(report, report.text(width: common.verbose ? Int.max : lineWidth))
  }

  /// A step of the plan on noise, before kernels leave anything behind in its arena.
  private func step(_ trainer: Trainer) throws -> BenchReport.Step? {
    let goesOn: (Int) -> Bool = { _ in !Interrupt.isRequested }
    guard let times = try trainer.stepTimes(steps: 10, goesOn: goesOn),
      let wall = try trainer.wallNanoseconds(steps: 10, goesOn: goesOn)
    else { return nil }
    return BenchReport.Step(try trainer.profile(times), wallNanoseconds: wall)
  }
}

extension BenchReport {
  /// Kernels, peaks and the step, as people read them.
  fileprivate func text(width: Int) -> String {
    let lines = kernels.map { kernel in
      [
        kernel.opcode, kernel.shape, kernel.isa.rawValue, short(kernel.cpuUs), short(kernel.gops),
        kernel.shareOfPeak.map(percent) ?? "",
      ]
    }
    var text = table(
      [["kernel", "shape", "vectors", "CPU µs", "GOPS", "of peak"]] + lines, right: [3, 4, 5], flexible: 1,
      width: width)
    if !peaks.isEmpty {
      let rows = peaks.map { [$0.mix.rawValue, $0.isa.rawValue, short($0.gops)] }
      text += "\n" + table([["on registers alone", "vectors", "GOPS"]] + rows, right: [2])
    }
    guard let step else { return text }
    let shares = step.share.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { [$0.key, percent($0.value)] }
    return text + "\n" + table([["family", "of a step"]] + shares, right: [1])
      + "\na step: \(String(format: "%.3f", step.cpuMs)) ms of CPU time, \(String(format: "%.3f", step.wallMs)) ms by the "
      + "clock, \(grouped(step.macs)) MACs\n"
  }
}
