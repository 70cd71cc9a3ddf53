import Foundation
import Support
import Testing

/// The runtime's readers on inputs that libFuzzer makes up, under the address sanitizer.
///
/// 20,000 inputs, or `ESPALIER_FUZZ` of them. What reached something new is kept in `.build/fuzz` for the next run.
struct FuzzTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
  private static let corpus = root + "/.build/fuzz"

  /// One input of each kind; the first byte says which.
  private func writeSeeds(to folder: ScratchFolder) throws {
    let plans = try CPlans.shared.get().copy()
    for words in [
      ["data", "pack", "d.npz", "-o", "s.pack", "--limit", "4", "--split", "0.5"],
      ["data", "ring", "s.ring", "--data", "s.pack", "--capacity", "4"],
      ["train", "i8.plan", "--data", "d.pack", "--steps", "2", "--checkpoint", "s.ckpt"],
    ] { #expect(try Command.espalier.run(words, in: plans.path).status == 0) }
    let kinds: [(String, UInt8)] = [("f32.plan", 0), ("i8.plan", 0), ("s.pack", 1), ("s.ckpt", 2), ("s.ring", 3)]
    for (name, kind) in kinds { try folder.write("seeds/" + name, [kind] + plans.read(name)) }
    try folder.write("f32.plan", plans.read("f32.plan"))
  }

  @Test func nothingThatIsReadReachesOutside() throws {
    let scratch = try ScratchFolder()
    try writeSeeds(to: scratch)
    let fuzzer = scratch.file("fuzzer")
    let built = try Command(path: "/bin/bash").run([Self.root + "/Tests/Fuzz/build.sh", fuzzer])
    try #require(built.status == 0, "\(built.errors)")
    try FileManager.default.createDirectory(atPath: Self.corpus, withIntermediateDirectories: true)
    let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 20_000
    // The peak that libFuzzer reads is that of the process which started it, so single allocations are limited instead.
    let result = try Command(path: fuzzer).run(
      [
        "-runs=\(runs)", "-max_len=40000", "-timeout=30", "-rss_limit_mb=0", "-malloc_limit_mb=1024", "-verbosity=1",
        "-artifact_prefix=\(Self.corpus)-", Self.corpus, scratch.file("seeds"),
      ], in: scratch.path, environment: ["FUZZ_PLAN": scratch.file("f32.plan")])
    #expect(result.status == 0, "\(result.errors.suffix(4000))")
    // With a full corpus, reading it counts as well.
    let done = result.errors.firstMatch(of: /Done (\d+) runs/).flatMap { Int($0.output.1) }
    #expect(try #require(done) >= runs)
    let coverage = result.errors.matches(of: /cov: (\d+)/).compactMap { Int($0.output.1) }.max()
    #expect(try #require(coverage) > 2000, "most inputs are refused at once")
  }
}
