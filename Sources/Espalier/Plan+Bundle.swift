import Deploy
import Foundation
import Runtime

public typealias RunnerBundle = Deploy.RunnerBundle
public typealias Runner = Deploy.Runner
public typealias RunnerParts = Deploy.RunnerParts
public typealias RunnerPart = Runtime.RunnerPart
public typealias DeployError = Deploy.DeployError

/// A target with the folder that holds its files, and the sources that runners are built from.
public struct BuildPlace: Sendable {
  public let target: Target
  /// Folder of `board.json`, `toolset.json` and what else belongs to the target.
  public let folder: String
  let sources: RunnerSources

  /// - Parameters:
  ///   - name: name of a target, or path of a `board.json` or of its folder.
  ///   - folder: the targets that belong to the program; the runner's sources are beside them.
  /// - Throws: `EspalierError` as `Target.named`, `DeployError.noSources`.
  public init(_ name: String, in folder: TargetFolder?) throws {
    target = try Target.named(name, in: folder)
    self.folder = Target.folder(name, in: folder) ?? ""
    let root = folder.map { URL(filePath: $0.path).deletingLastPathComponent().path } ?? "."
    sources = try RunnerSources(path: root + "/Sources")
  }

  /// The way to link that is asked for, or the target's usual one.
  ///
  /// - Throws: `EspalierError.linkage` where the target has not got it.
  public func linkage(_ wanted: RunnerLinkage?) throws(EspalierError) -> RunnerLinkage {
    let possible = target.links ?? [.dynamic, .static]
    guard let first = possible.first, wanted.map(possible.contains) ?? true else {
      throw .linkage(target: target.name, possible: possible.map(\.rawValue))
    }
    return wanted ?? first
  }

  /// Builds a runner with the kernels of these plans.
  ///
  /// - Throws: `EspalierError.linkage`, `mode`, `DeployError`.
  public func runner(
    for plans: [Plan], _ linkage: RunnerLinkage? = nil, _ parts: RunnerParts = RunnerParts()
  ) throws -> Runner {
    let linkage = try self.linkage(linkage)
    for plan in plans { try check(plan) }
    var kernels = KernelSet()
    for plan in plans {
      kernels.formUnion(KernelSet(of: plan.image))
      if plan.report.mode == "f32" { kernels.insert(.vectors) }
    }
    // Plans for another target run here as well, with the kernels that there are.
    if target.machine == .plain { kernels.removeTiles() }
    if target.cores != 1 && kernels.traits.contains(.tiles) { kernels.insert(.threads) }
    return try buildRunner(kernels, sources, options(linkage, parts))
  }

  /// Everything that a board needs to run a plan.
  ///
  /// - Parameters:
  ///   - data: samples that go with the plan.
  ///   - parts: what the runner does.
  ///   - isSealed: whether it takes this plan alone, whose checks are then done for good.
  /// - Throws: as `runner`, and `EspalierError.data`.
  public func bundle(
    _ plan: Plan, data: Samples? = nil, _ linkage: RunnerLinkage? = nil, _ parts: RunnerParts = RunnerParts(),
    isSealed: Bool = false
  ) throws -> (bundle: RunnerBundle, runner: Runner) {
    try data?.check(for: plan)
    var built = parts
    if isSealed { built.image = plan.image.digest }
    let runner = try runner(for: [plan], linkage, built)
    let readme = BundleReadme(
      target: target.name, processor: target.processor, libc: target.libc, arenaBytes: plan.report.arenaBytes,
      isStatic: try self.linkage(linkage) == .static, hasData: data != nil, parts: built)
    var bundle = RunnerBundle()
    bundle.add(RunnerBundle.Name.runner, runner.bytes)
    bundle.add(RunnerBundle.Name.image, try plan.bytesWithGoldenSteps())
    if let data { bundle.add(RunnerBundle.Name.data, data.bytes()) }
    bundle.add(RunnerBundle.Name.dispatch, Array(runner.dispatch.utf8))
    bundle.add(RunnerBundle.Name.readme, Array(readme.text.utf8))
    return (bundle, runner)
  }

  private func check(_ plan: Plan) throws(EspalierError) {
    guard let modes = target.modes, !modes.contains(plan.report.mode) else { return }
    throw .mode(target: target.name, mode: plan.report.mode, possible: modes)
  }

  private func options(
    _ linkage: RunnerLinkage, _ parts: RunnerParts
  ) throws(DeployError) -> RunnerOptions {
    let special = folder + "/toolset-static.json"
    let isSpecial = linkage == .static && FileManager.default.fileExists(atPath: special)
    return RunnerOptions(
      target: target.name, triple: target.triple ?? RunnerOptions.hostTriple,
      toolset: try Toolset(path: isSpecial ? special : folder + "/toolset.json"), isStatic: linkage == .static,
      parts: parts, hasVNNI: target.instructionSets.contains("vnni"))
  }
}

extension RunnerBundle {
  /// Writes the folder, whole or not at all.
  ///
  /// - Throws: `DeployError.notABundle`, `cannotWrite`.
  public func write(to path: String) throws(DeployError) {
    try write(to: path) { bytes in
      let digest = bytes.withUnsafeBytes { raw in
        raw.baseAddress.map { Digest(of: Bytes(base: $0, count: raw.count)) } ?? SHA256.ofNothing
      }
      return withUnsafeBytes(of: digest) { hexadecimal([UInt8]($0)) }
    }
  }
}

extension SHA256 {
  fileprivate static var ofNothing: Digest {
    var hash = SHA256()
    return hash.finish()
  }
}
