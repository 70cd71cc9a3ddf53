import ArgumentParser
import Driver
import Espalier
import Foundation
import Report
import Samples

/// `espalier compile`: a model, a target and a cap into a plan.
struct CompileCommand: ParsableCommand {
  static let configuration = verb(
    "compile", "Compiles the training of a model under a memory cap.",
    "espalier compile model.int8.onnx -o model.plan --classes 10 --policy bias --cap 256KiB",
    "espalier compile model.onnx --calibration-data train.pack -o model.plan --classes 10 --policy last-6 --batch 8",
    "espalier compile model.int8.onnx -o model.plan --classes 10 --plans cycle-4 --cap 512KiB")

  @Argument(help: "An ONNX file.")
  var model: String

  @Option(name: .short, help: "The plan to write; - is standard output. By default the model's name with .plan.")
  var output: String?

  @OptionGroup(title: "Training") var arguments: CompileArguments
  @OptionGroup var common: CommonOptions

  func run() throws {
    let target = try Target.named(arguments.target, in: .ofThisProgram)
    let options = try arguments.options(target)
    // What is no model says so, before its name gives that of the plan.
    let file = try Model(path: model)
    let path = output ?? (options.stopAfter == nil ? replacingExtension(model, by: "plan") : "-")
    let output =
      try options.stopAfter != nil && path == "-"
      ? nil
      : Output(
        path, common, from: model, arguments.calibrationData, arguments.formats, arguments.policy, arguments.plans)
    let (model, integers) = try calibrated(file, options, plan: path)
    model.file.noteTraining(common)
    let quantized = try integers.flatMap { bytes -> QuantizedFile? in
      guard options.stopAfter == nil else { return nil }
      return try QuantizedFile(
        bytes, model.file.path, common, from: [self.model, arguments.calibrationData, arguments.policy])
    }
    let result: CompileResult
    do {
      Interrupt.watch()
      result = try ActivityLine.show("compiles \(self.model)", common) { line in
        let watch = CompileWatch(
          report: { line.tell($0.text(under: options.capBytes)) }, isEnded: { Interrupt.isRequested })
        return try compile(model.file, options, choosing: formatChooser(model), watch: watch)
      }
    } catch is CompileInterrupted {
      throw Failure(.interrupted, "interrupted; nothing was written")
    } catch let error as OverCap {
      throw error.failure(capSource: arguments.cap.source(target), batch: arguments.batch)
    }
    switch result {
    case .text(let text):
      if let output { try output.write(Array(text.utf8)) } else { try StandardOutput.write(text) }
    case .plan(let compilation):
      // First what the plan refers to.
      do { try quantized?.write() } catch let failure as Failure where failure.status == .interrupted {
        // It is whole, and the plan follows.
      }
      do { try output?.write(compilation.image) } catch {
        let isWritten = (error as? Failure)?.status == .interrupted
        if !isWritten { quantized?.remove() }
        if !(isWritten && compilation.isCutShort) { throw error }
      }
      if compilation.isCutShort { throw interrupted(path, compilation) }
      var text = summary(compilation.report, path, target)
      if quantized != nil { text += "\(model.file.path): the model in integers, which the plan refers to\n" }
      try output?.report(compilation.report, text, common)
      for line in compilation.report.remarks(all: common.verbose) { common.note(line) }
    }
  }

  private func interrupted(_ path: String, _ compilation: Compilation) -> Failure {
    Failure(
      .interrupted, "interrupted; \(path) is the best plan by then, \(grouped(compilation.report.arenaBytes)) bytes",
      advice: "the same command looks for one with fewer multiplications")
  }

  private func summary(_ report: PlanReport, _ path: String, _ target: Target) -> String {
    let tensors = report.trainedTensors
    var text = report.summaryText
    if let time = target.milliseconds(ofStep: report) {
      text += "a step at one multiplication a cycle of \(target.name): \(String(format: "%.1f", time)) ms\n"
    }
    if let time = target.pagingMilliseconds(ofStep: report) {
      text += "and for its paging, by the rates of the storage: \(String(format: "%.1f", time)) ms\n"
    }
    text += "\(path): trains \(counted(report.trainedParameters, "parameter")) in \(counted(tensors.count, "tensor")), "
    text += "\(counted(report.steps, "step")), \(grouped(report.imageBytes)) bytes\n"
    for name in report.newInitializers ?? [] {
      text += "\(name): the model has no tensor for it; export writes an initializer of this name\n"
    }
    if !report.plans.isEmpty { text += "\n" + report.alternatesText }
    if common.verbose { text += "\n" + report.stepText }
    return text
  }
}

extension CompileWatch.Progress {
  /// What the search has come to, for the line that says that it goes on.
  fileprivate func text(under cap: Int?) -> String {
    guard cap != nil else { return "\(grouped(smallest)) bytes" }
    let found = fitting.map { "\(grouped($0)) fit" } ?? "the smallest takes \(grouped(smallest)) bytes"
    return counted(plans, "plan") + ", " + found
  }
}

/// The path with another extension, or with one more where it has none.
func replacingExtension(_ path: String, by name: String) -> String {
  let known = [".onnx", ".plan"].first { path.hasSuffix($0) }
  return path.dropLast(known?.count ?? 0) + "." + name
}

/// All bytes of a file.
///
/// - Throws: `DataFileError`.
func readFile(_ path: String) throws -> [UInt8] { try FileBytes(path: path).withBytes { [UInt8]($0) } }
