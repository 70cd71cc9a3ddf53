import ArgumentParser
import Driver
import Espalier
import Foundation
import Report

/// `espalier frontier`: bytes against time for caps from the whole plan down to the minimum.
struct FrontierCommand: ParsableCommand {
  static let configuration = verb(
    "frontier", "Shows what ever smaller caps cost in time.",
    "espalier frontier model.int8.onnx --classes 10 --policy last-6",
    "espalier frontier model.int8.onnx --classes 10 --policy bias --html frontier.html")

  @Argument(help: "An ONNX file: in integers, or in float with --mode f32.")
  var model: String

  @Option(help: ArgumentHelp("Also writes a page with the picture.", valueName: "file"))
  var html: String?

  @OptionGroup(title: "Training") var arguments: CompileArguments
  @OptionGroup var common: CommonOptions

  func run() throws {
    try arguments.refuse(.cap, because: "all caps are looked at")
    try arguments.refuse(.stopAfter, because: "every stage is gone through for each cap")
    try arguments.refuse(.mode, because: "a frontier is that of one number format")
    let target = try Target.named(arguments.target, in: .ofThisProgram)
    var options = try arguments.options(target)
    options.cap = .none
    let output = try html.map {
      try Output(
        $0, common, from: model, arguments.policy, arguments.plans, arguments.formats, arguments.calibrationData)
    }
    let file = try Model(path: model)
    let integers = try arguments.quantized(file, options, path: model, common)?.model
    Interrupt.watch()
    let bar = ProgressBar(common)
    var count = 0
    let frontier = try frontier((integers ?? file).file, options) { point in
      count += 1
      bar.show(count, of: count, unit: "plans", "\(grouped(point.arenaBytes)) bytes")
      return !Interrupt.isRequested
    }
    bar.clear()
    if Interrupt.isRequested { throw Failure(.interrupted, "interrupted; nothing was written") }
    if let output {
      let name = PathParts(model).name
      try output.write(Array(FrontierPage(title: name, frontier).text.utf8))
      if output.isStandardOutput { return }
    }
    try common.report(frontier, frontier.text)
    if let more = exclusion(options) { common.note(more) }
  }

  /// What the options keep out, and what would put it in.
  private func exclusion(_ options: CompileOptions) -> String? {
    var ways: [String] = []
    if options.codec == .none { ways.append("values kept as less (--codec auto)") }
    if options.paging == .none { ways.append("values that wait in a file (--page auto)") }
    return ways.isEmpty ? nil : "not looked for: " + ways.joined(separator: ", ")
  }
}
