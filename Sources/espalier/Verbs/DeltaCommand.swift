import ArgumentParser
import Espalier
import Foundation
import Report

/// `espalier delta`: what training changed, as a small file.
struct DeltaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delta", abstract: "Makes, applies and combines files of what training changed.",
    discussion: examples([
      "espalier delta make model.plan model.ckpt -o model.delta --codec 8bit",
      "espalier delta apply model.plan model.delta -o trained.plan",
    ]),
    version: EspalierCommand.version,
    subcommands: [DeltaMake.self, DeltaApply.self, DeltaMerge.self, DeltaRevert.self, DeltaRebase.self])
}

/// `espalier delta make`.
struct DeltaMake: ParsableCommand {
  static let configuration = verb(
    "make", "Writes the differences between a checkpoint and its plan.",
    "espalier delta make model.plan model.ckpt -o model.delta",
    "espalier delta make model.plan model.ckpt -o model.delta --codec 1bit --json")

  @OptionGroup var trained: TrainedPlan
  @OptionGroup var options: DeltaOutput
  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(options.output, common, from: trained.plan, trained.checkpoint)
    try options.write(Delta(of: trained.trainer(common)), to: output, common)
  }
}

/// `espalier delta apply`.
struct DeltaApply: ParsableCommand {
  static let configuration = verb(
    "apply", "Writes a plan with the differences added; refuses another plan than theirs.",
    "espalier delta apply model.plan model.delta -o trained.plan",
    "espalier delta apply model.plan model.delta -o trained.plan --json")

  @OptionGroup var arguments: DeltaOnPlan
  @OptionGroup var common: CommonOptions

  func run() throws { try arguments.run(common) { delta, plan in try delta.applied(to: plan) } }
}

/// `espalier delta revert`.
struct DeltaRevert: ParsableCommand {
  static let configuration = verb(
    "revert", "Gives the plan back that differences were applied to, bit for bit.",
    "espalier delta revert trained.plan model.delta -o model.plan",
    "espalier delta revert trained.plan model.delta -o model.plan --json")

  @OptionGroup var arguments: DeltaOnPlan
  @OptionGroup var common: CommonOptions

  func run() throws { try arguments.run(common) { delta, plan in try delta.reverted(plan) } }
}

/// `espalier delta merge`.
struct DeltaMerge: ParsableCommand {
  static let configuration = verb(
    "merge", "Writes a weighted sum of differences to one plan; without weights, their mean.",
    "espalier delta merge a.delta b.delta -o both.delta",
    "espalier delta merge a.delta b.delta -o both.delta --weights 0.7,0.3 --codec 8bit")

  @Argument(help: "Deltas of one plan.")
  var deltas: [String]
  @Option(help: ArgumentHelp("One number a delta; 1,1 adds them up.", valueName: "numbers"))
  var weights: NumberList?
  @OptionGroup var options: DeltaOutput
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let weights, weights.values.count != deltas.count {
      throw ValidationError("--weights needs as many numbers as there are deltas: \(deltas.count).")
    }
  }

  func run() throws {
    let output = try Output(options.output, common, from: deltas)
    let weights = weights?.values.map { Double($0) } ?? deltas.map { _ in 1 / Double(deltas.count) }
    let parts = try zip(deltas, weights).map { (delta: try Delta(path: $0), weight: $1) }
    let merged: Delta
    do throws(DeltaError) { merged = try Delta.merged(parts) } catch {
      // Of a sum, all are part.
      let other = Delta.firstOther(than: parts.map(\.delta))
      throw error.failure(other.map { deltas[$0] } ?? deltas.joined(separator: " + "))
    }
    try options.write(merged, to: output, common)
  }
}

/// `espalier delta rebase`.
struct DeltaRebase: ParsableCommand {
  static let configuration = verb(
    "rebase", "Writes the same differences for another plan with the same trained tensors.",
    "espalier delta rebase newer.plan model.delta -o newer.delta",
    "espalier delta rebase newer.plan model.delta -o newer.delta --codec 8bit")

  @Argument(help: "The plan that they shall belong to.")
  var plan: String
  @Argument(help: "A delta of another plan.")
  var delta: String
  @OptionGroup var options: DeltaOutput
  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try Output(options.output, common, from: plan, delta)
    let plan = try Plan(path: plan)
    let old = try Delta(path: delta)
    let rebased: Delta
    do throws(DeltaError) { rebased = try old.rebased(on: plan) } catch { throw error.failure(delta) }
    try options.write(rebased, to: output, common)
  }
}
