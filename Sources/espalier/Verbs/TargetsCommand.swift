import ArgumentParser
import Espalier
import Foundation
import Report

/// `espalier targets`: what plans can be compiled for.
struct TargetsCommand: ParsableCommand {
  static let configuration = verb(
    "targets", "Lists the boards that plans can be compiled for.", "espalier targets", "espalier targets --json")

  @Option(help: ArgumentHelp("Only this target: a name, or the path of a board.json.", valueName: "name"))
  var target: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let list = TargetList(targets: try target.map { [try Target.named($0, in: .ofThisProgram)] } ?? all())
    try common.report(list, list.text)
  }

  private func all() throws -> [Target] {
    let folder = TargetFolder.ofThisProgram
    var targets: [Target] = []
    for name in folder?.names ?? [] { targets.append(try Target.named(name, in: folder)) }
    if !targets.contains(where: { $0.name == Target.host.name }) { targets.insert(.host, at: 0) }
    return targets
  }
}

private struct TargetList: Encodable {
  let schema = 1
  let targets: [Target]

  var text: String {
    let rows = targets.map { target in
      [
        target.name, target.core, target.instructionSets.isEmpty ? "-" : target.instructionSets.joined(separator: " "),
        target.capBytes.map(grouped) ?? "none", target.libc, target.clockMHz.map { "\($0) MHz" } ?? "-",
      ]
    }
    return table([["name", "core", "instruction sets", "cap", "libc", "clock"]] + rows, right: [3, 5])
  }
}

extension TargetFolder {
  /// The folder that belongs to the program that runs.
  static var ofThisProgram: TargetFolder? {
    beside(executable: Bundle.main.executablePath ?? CommandLine.arguments[0])
  }
}
