import Foundation
import Support
import Testing

/// Readers of plans, packs, checkpoints, rings, streams and deltas on inputs that libFuzzer makes up, under the address
/// sanitizer; what is accepted is run.
///
/// 20,000 inputs of each kind, or `ESPALIER_FUZZ`. What reached something new is kept in `.build/fuzz` for the next run.
@Suite(.enabled(if: Command.python != nil, "needs Python; Tests/run.sh prepares it"))
struct FuzzTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
  private static let folder = root + "/.build/fuzz"
  private static let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 20_000

  private func run(_ program: Command, _ words: [String]) throws -> CommandResult {
    let result = try program.run(words, environment: ["ESPALIER": Command.espalier.path])
    try #require(result.status == 0, "\(words): \(result.errors.suffix(4000))")
    return result
  }

  @Test func nothingThatIsReadReachesOutside() throws {
    let bash = Command(path: "/bin/bash")
    try FileManager.default.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
    _ = try run(bash, [Self.root + "/Tests/Fuzz/build.sh", Self.folder + "/fuzzer"])
    _ = try run(#require(Command.python), [Self.root + "/Tests/Fuzz/seeds.py", Command.espalier.path, Self.folder])
    for kind in ["plan", "pack", "checkpoint", "ring", "stream", "delta"] {
      let result = try run(bash, [Self.root + "/Tests/Fuzz/run.sh", Self.folder, kind, "\(Self.runs)"])
      let tally = try #require(
        result.errors.matches(of: /tally: (\d+) inputs, (\d+) past the digest, (\d+) accepted, (\d+) run/).last?.output)
      let counts = [tally.1, tally.2, tally.3, tally.4].compactMap { Int($0) }
      // Nearly all inputs get past the digest, and some of each kind all the way; libFuzzer begins with one of no bytes.
      #expect(counts[0] > Self.runs * 9 / 10 && counts[1] > counts[0] * 3 / 4, "\(kind): \(counts)")
      #expect(counts[2] > counts[0] / 100 && counts[3] > counts[0] / 200, "\(kind): \(counts)")
    }
  }
}
