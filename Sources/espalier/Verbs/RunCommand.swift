import ArgumentParser
import Deploy
import Espalier
import Foundation
import Report

/// `espalier run`: the runner of a bundle on this computer, under a limit of memory.
struct RunCommand: ParsableCommand {
  static let configuration = verb(
    "run", "Runs a bundle on this computer, under a limit of memory that the kernel enforces.",
    "espalier run bundle/ --cap 6MiB -- train --data bundle/data.pack --steps 100 --checkpoint model.ckpt",
    "espalier run bundle/ --target raspberry-pi-zero -- selftest")

  @Argument(help: "A folder that `espalier build` wrote.")
  var bundle: String

  @Argument(
    help: ArgumentHelp(
      "What the runner shall do; it gets the bundle's plan after the first word.", valueName: "runner-arguments"))
  var words: [String]

  @Option(
    help: ArgumentHelp(
      "Bytes for the plan, such as 256KiB; the base comes on top. Without it, the plan's own cap if it has one.",
      valueName: "size"), transform: ByteCount.argument)
  var cap: Int?

  @Option(
    help: ArgumentHelp(
      "Bytes for everything but the plan: stack, libc's data, the kernel's records of the process.", valueName: "size"),
    transform: ByteCount.argument)
  var base: Int?

  @Option(help: "How to limit it; without it, by a control group if one can be made, else by address space.")
  var limit: MemoryLimit?

  @Option(help: ArgumentHelp("Runs it in the emulator of this target, without a limit.", valueName: "name"))
  var target: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if target != nil && (cap != nil || limit != nil) {
      throw ValidationError("An emulator takes more memory than the board's program: leave out --cap and --limit.")
    }
    if words.isEmpty { throw ValidationError("Say what the runner shall do, such as: -- selftest") }
  }

  func run() throws {
    let plan = try Plan(path: bundle + "/" + RunnerBundle.Name.image)
    let board = try target.map { try Target.named($0, in: .ofThisProgram) }
    let emulator = board?.emulator ?? []
    let runner = bundle + "/" + RunnerBundle.Name.runner
    if let board, let triple = board.triple { try check(runner, Architecture(triple: triple), board.name) }
    let command = emulator + [runner, words[0], plan.path] + words.dropFirst()
    let cap = target == nil ? cap ?? plan.report.capBytes : nil
    if let given = self.cap, given < plan.report.arenaBytes { throw below(given, plan) }
    let run: LimitedRun
    do throws(DeployError) {
      run = try LimitedRun(command, cap: cap, base: base, by: limit, output: common.json ? STDERR_FILENO : nil)
    } catch {
      if case .cannotStart(_, ENOEXEC) = error { try check(runner, .ofThisComputer, "this computer") }
      throw error
    }
    if limit == nil && run.limit == .addressSpace {
      common.note("no control group could be made: the address space was limited instead")
    }
    let report = RunReport(
      status: run.status, killed: run.isKilledAtLimit, limit: run.limit?.rawValue, capBytes: cap,
      baseBytes: run.limit.map { _ in run.baseBytes }, arenaBytes: plan.report.arenaBytes,
      anonymousBytes: run.anonymousBytes, peakResidentBytes: run.peakResidentBytes,
      peakChargedBytes: run.peakChargedBytes)
    if common.json { try StandardOutput.write(jsonText(report)) } else { common.note(report.text) }
    if run.isKilledAtLimit, let cap { throw killed(cap, run.baseBytes, plan) }
    if run.status != 0 { throw ExitCode(run.status) }
  }

  /// Refuses a runner for another processor than that of whoever is to run it.
  private func check(_ runner: String, _ expected: Architecture?, _ name: String) throws(Failure) {
    guard let found = Architecture(program: runner), let expected, found != expected else { return }
    throw Failure(
      .malformed, "\(runner) is for \(found.rawValue), \(name) has \(expected.rawValue)",
      advice: "name its board to run it in that one's emulator: --target NAME; or build it anew: espalier build")
  }

  private func below(_ cap: Int, _ plan: Plan) -> Failure {
    let need = plan.report.arenaBytes
    return Failure(
      .overCap, "\(plan.path) takes \(grouped(need)) bytes, more than the cap of \(grouped(cap))",
      advice: "give at least --cap \(need); espalier frontier MODEL shows what it could be compiled for")
  }

  private func killed(_ cap: Int, _ base: Int, _ plan: Plan) -> Failure {
    Failure(
      .killedAtCap,
      "killed at the cap of \(grouped(cap)) bytes and a base of \(grouped(base)): \(plan.path) takes "
        + grouped(plan.report.arenaBytes),
      advice: "the plan fits: give a larger --base than \(base), if this kernel takes more for a process")
  }
}

extension MemoryLimit: ExpressibleByArgument {}

private struct RunReport: Encodable {
  let schema = 1
  /// Of the runner; 128 and the signal's number where one ended it.
  let status: Int32
  let killed: Bool
  @OrNull var limit: String?
  @OrNull var capBytes: Int?
  @OrNull var baseBytes: Int?
  let arenaBytes: Int
  @OrNull var anonymousBytes: Int?
  @OrNull var peakResidentBytes: Int?
  @OrNull var peakChargedBytes: Int?

  var text: String {
    let rows = [
      ("arena", arenaBytes), ("anonymous", anonymousBytes), ("peak, resident", peakResidentBytes),
      ("peak, charged", peakChargedBytes), ("cap", capBytes), ("base", baseBytes),
    ]
    return table(
      [["memory", "bytes"]] + rows.compactMap { name, bytes in bytes.map { [name, grouped($0)] } }, right: [1])
  }
}
