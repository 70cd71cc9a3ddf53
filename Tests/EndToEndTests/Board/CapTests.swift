import Deploy
import Foundation
import Support
import Testing

/// `espalier run`: a runner under a limit that the kernel enforces.
@Suite(.serialized) struct CapTests {
  private let scratch: ScratchFolder
  private let bundle: String
  private let arena: Int

  /// One bundle serves all tests: MobileNetV2, 2.5 MB, where there is one, else a small net.
  private static let bundle = Result { () throws -> Folder in
    let plans = try BoardPlans.shared.get()
    let step = plans.cases.first { $0.net == "mobilenetv2" && $0.mode == "i8" } ?? plans.cases[0]
    let scratch = try ScratchFolder()
    for link in ["--dynamic", "--static"] {
      let built = try Command.espalier.run(
        ["build", step.plan, "--target", "host", "-o", scratch.file(link), "--data", step.data, link],
        in: plans.folder)
      // Not `#require`: a condition of tests asks for this first, where nothing is recorded.
      guard built.status == 0 else { throw BoardPlansError(text: built.errors) }
    }
    return Folder(scratch: scratch)
  }

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  private static let hasGroups = {
    guard let bundle = try? bundle.get().scratch.file("--dynamic") else { return false }
    let probe = try? Command.espalier.run(["run", bundle, "--cap", "1GiB", "--limit", "cgroup", "--", "info"])
    return probe?.status == 0
  }()

  init() throws {
    scratch = try ScratchFolder()
    bundle = try CapTests.bundle.get().scratch.file("--dynamic")
    arena = try #require(
      Command.espalier.run(["inspect", bundle + "/model.plan", "--json"]).json["arena_bytes"] as? Int)
  }

  private func run(
    _ options: [String], bundle: String? = nil, steps: Int = 3, _ words: String...
  ) throws -> CommandResult {
    let bundle = bundle ?? self.bundle
    let train = ["train", "--data", bundle + "/data.pack", "--steps", "\(steps)", "--checkpoint", "c.ckpt", "-q"]
    let start = words.contains("--resume") ? [] : ["--overwrite"]
    return try Command.espalier.run(["run", bundle] + options + ["--"] + train + start + words, in: scratch.path)
  }

  @Test(.enabled(if: hasGroups, "needs memory control groups")) func aRunUnderThePlansBytesSucceedsAlways() throws {
    for number in 1...100 {
      // Each second one starts again, over the checkpoint of the one before.
      let words = number % 2 == 0 ? "--resume" : "--no-shuffle"
      let result = try run(["--cap", "\(arena)", "--limit", "cgroup"], steps: number, words)
      try #require(result.status == 0, "run \(number): \(result.errors)")
    }
  }

  @Test(.enabled(if: hasGroups, "needs memory control groups")) func lessIsKilledAndSaid() throws {
    let less = ["--cap", "\(arena)", "--base", "\(MemoryLimit.cgroup.baseBytes(cap: arena) - (128 << 10))"]
    for number in 1...100 {
      let result = try run(less + ["--limit", "cgroup"], steps: number)
      expectRefusal(result, 137, "killed at the cap", "a larger --base")
    }
    let told = try run(less + ["--limit", "cgroup", "--json"])
    #expect(told.status == 137 && told.json["killed"] as? Bool == true && told.json["status"] as? Int == 137)
  }

  @Test func theAddressSpaceIsLimitedWhereNoGroupIs() throws {
    #expect(try run(["--cap", "\(arena)", "--limit", "address-space", "-q"]).status == 0)
    let less = try run(["--cap", "\(arena)", "--base", "0", "--limit", "address-space", "-q"])
    if arena > 1 << 20 { expectRefusal(less, 2, "\(arena) bytes of the arena") }
  }

  /// A cap below the bytes of the plan is no limit that it could keep, whatever the base has room for.
  @Test func aCapBelowThePlanIsRefusedAtOnce() throws {
    for cap in [0, 1, arena - 1] {
      expectRefusal(try run(["--cap", "\(cap)"]), 2, "more than the cap of", "--cap \(arena)")
      expectRefusal(try run(["--cap", "\(cap)", "--base", "1GiB", "--limit", "address-space"]), 2, "--cap \(arena)")
    }
    #expect(try scratch.names.isEmpty)
  }

  @Test func whatItTakesIsToldExactly() throws {
    let result = try run(["--json"])
    let told = result.json
    #expect(result.status == 0 && told["schema"] as? Int == 1 && told["arena_bytes"] as? Int == arena)
    #expect(told["limit"] is NSNull && told["cap_bytes"] is NSNull && told["killed"] as? Bool == false)
    let anonymous = try #require(told["anonymous_bytes"] as? Int)
    // Some 135 KiB of it are what the system's loader writes into libc; where stacks begin is chance.
    #expect(anonymous >= arena && anonymous - arena <= 192 << 10)
  }

  /// The plan and the samples are mapped, so their pages count as resident too.
  @Test func aStaticRunnerTakesAMebibyteBesideItsFiles() throws {
    let bundle = try CapTests.bundle.get().scratch.file("--static")
    let told = try run(["--json"], bundle: bundle).json
    let files = try ["model.plan", "data.pack"].reduce(0) { try $0 + readFile(bundle + "/" + $1).count }
    let anonymous = try #require(told["anonymous_bytes"] as? Int)
    let peak = try #require(told["peak_resident_bytes"] as? Int)
    #expect(anonymous - arena <= 128 << 10)
    #expect(peak - arena - files <= 1 << 20)
  }

  @Test func theRunnersStatusIsTheCommands() throws {
    #expect(try run([], "--optimizer").status == 64)
    #expect(try Command.espalier.run(["run", bundle, "-q", "--", "selftest"]).status == 0)
  }

  @Test func wrongInputIsRefused() throws {
    expectRefusal(try Command.espalier.run(["run", "none", "--", "info"], in: scratch.path), 66, "none/model.plan")
    #expect(try Command.espalier.run(["run", bundle]).status == 64)
    #expect(try run(["--cap", "much"]).status == 64)
    #expect(try run(["--cap", "1MiB", "--target", "raspberry-pi-zero"]).status == 64)
    let copy = scratch.file("b")
    try FileManager.default.copyItem(atPath: bundle, toPath: copy)
    try FileManager.default.removeItem(atPath: copy + "/runner")
    expectRefusal(try run([], bundle: copy), 66, "b/runner")
    try scratch.write("b/runner", Array("no program".utf8))
    expectRefusal(try run([], bundle: copy), 74, "b/runner")
  }
}
