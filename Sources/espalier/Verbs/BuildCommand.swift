import ArgumentParser
import Deploy
import Espalier
import Report

/// `espalier build`: a plan into a folder that trains on a board.
struct BuildCommand: ParsableCommand {
  static let configuration = verb(
    "build", "Makes a folder with everything that a board needs to train.",
    "espalier build model.plan --target raspberry-pi-zero -o bundle/ --data train.pack",
    "espalier build model.plan --target raspberry-pi-4 -o bundle/ --static --json",
    "espalier build model.plan --target raspberry-pi-2 -o bundle/ --verbs train --feeds ring --sealed")

  @Argument(help: "A plan, as `espalier compile` wrote it.")
  var plan: String

  @Option(help: ArgumentHelp("Name of a target, or path of a board.json.", valueName: "name"))
  var target: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder to write; an older bundle is replaced.", valueName: "folder"))
  var output: String

  @Option(help: ArgumentHelp("Samples that go into the folder: packed data, or .npz.", valueName: "data"))
  var data: String?

  @Flag(help: "How the runner gets at its C library; without it, in the target's usual way.")
  var linkage: LinkageFlag?

  @OptionGroup var build: BuildArguments
  @OptionGroup var common: CommonOptions

  func run() throws {
    try RunnerBundle.check(output)
    let plan = try Plan(path: plan)
    let samples = try data.map { try common.samples($0, for: plan) }
    let place = try BuildPlace(target, in: .ofThisProgram)
    let linkage = try place.linkage(linkage?.linkage)
    common.note("compiling the runner for \(place.target.name), which takes a minute")
    Interrupt.watch()
    let result = Result { try place.bundle(plan, data: samples, linkage, build.parts, isSealed: build.sealed) }
    if Interrupt.isRequested { throw Failure(.interrupted, "interrupted; nothing was written") }
    let (bundle, runner) = try result.get()
    try bundle.write(to: output)
    let report = BuildReport(
      target: place.target.name, output: output, linkage: linkage.rawValue, verbs: build.verbNames,
      feeds: build.feeds.names,
      sealed: build.sealed, digest: plan.report.digest,
      mode: plan.report.mode, arenaBytes: plan.report.arenaBytes, codeBytes: runner.codeBytes,
      dataBytes: runner.dataBytes, imports: runner.imports, opcodes: plan.report.opcodes,
      files: Dictionary(uniqueKeysWithValues: bundle.files.map { ($0.name, $0.bytes.count) }))
    try common.report(report, report.text)
    if Interrupt.isRequested { throw Failure(.interrupted, "interrupted; \(output) is complete") }
  }
}

/// `--static` or `--dynamic`.
enum LinkageFlag: String, EnumerableFlag {
  case `static`, dynamic

  var linkage: RunnerLinkage { self == .static ? .static : .dynamic }
}

private struct BuildReport: Encodable {
  let schema = 1
  let target: String
  let output: String
  let linkage: String
  let verbs: [String]
  let feeds: [String]
  let sealed: Bool
  let digest: String
  let mode: String
  let arenaBytes: Int
  /// Of the runner without libc.
  let codeBytes: Int
  let dataBytes: Int
  let imports: [String]
  let opcodes: [String]
  /// Bytes by name.
  let files: [String: Int]

  var text: String {
    let sizes = files.sorted { $0.key < $1.key }.map { [$0.key, grouped($0.value)] }
    return table([["file", "bytes"]] + sizes, right: [1])
      + "\n\(output): \(linkage) runner for \(target), \(grouped(codeBytes)) bytes of code and \(grouped(dataBytes)) of data "
      + "beside libc; training takes \(grouped(arenaBytes)) bytes\n"
  }
}
