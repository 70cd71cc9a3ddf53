import Foundation
import Support
import Testing

/// The runtime's readers on inputs that libFuzzer makes up, under the address sanitizer.
///
/// 20,000 inputs, or `ESPALIER_FUZZ` of them. What reached something new is kept in `.build/fuzz` for the next run.
struct FuzzTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
  private static let corpus = root + "/.build/fuzz"

  /// Plans of every kind: floats and integers, pages, samples read in place, several plans, regions, codecs.
  private static let plans: [(name: String, options: [String])] = [
    ("f32", ["--mode", "f32", "--optimizer", "momentum", "--accumulate", "2"]),
    ("i8", ["--mode", "i8", "--optimizer", "adam"]),
    ("i16", ["--mode", "i16g", "--optimizer", "lion"]),
    ("int4", ["--mode", "f32", "--codec", "int4"]),
    ("rows", ["--mode", "i8", "--codec", "rows"]),
    ("plans", ["--mode", "i8", "--plans", "cycle-2"]),
    ("in-place", ["--mode", "i8", "--policy", "last-1", "--patch", "2x2:2", "--samples", "in-place"]),
    ("region", ["--mode", "i8", "--policy", "policy.json"]),
    ("region-f32", ["--mode", "f32", "--policy", "policy.json"]),
  ]

  private func run(_ words: [String], in folder: ScratchFolder) throws -> String {
    let result = try Command.espalier.run(words, in: folder.path)
    try #require(result.status == 0, "\(words): \(result.errors)")
    return result.errors
  }

  /// The smallest cap that values are paged out for, as the refusal of a smaller one says.
  private func pagedCap(_ words: [String], in folder: ScratchFolder) throws -> String {
    let refusal = try Command.espalier.run(words + ["--cap", "1000"], in: folder.path).errors
    let needed = try #require(refusal.firstMatch(of: /needs ([0-9,]+) bytes/)?.output.1)
    return needed.filter(\.isNumber)
  }

  /// One input of each kind and plan: the first byte says which kind, the second one which plan. Returns the plans.
  private func writeSeeds(to folder: ScratchFolder) throws -> [String] {
    try folder.writeModel()
    try folder.writeSamples()
    try folder.write("policy.json", Array(Self.policy.utf8))
    let common = ["--classes", "3", "--batch", "2", "--steps", "20"]
    for plan in Self.plans {
      let calibration = plan.options.contains("f32") ? [] : ["--calibration-data", "d.npz"]
      let words =
        ["compile", "m.onnx", "-o", plan.name + ".plan", "--cap", "none"] + common + calibration + plan.options
      _ = try run(words, in: folder)
    }
    let paged =
      ["compile", "m.onnx", "-o", "page.plan", "--mode", "f32", "--optimizer", "momentum", "--accumulate", "2"]
      + ["--recompute", "none", "--codec", "none", "--patch", "none"] + common
    _ = try run(paged + ["--cap", pagedCap(paged, in: folder)], in: folder)
    for words in [
      ["data", "pack", "d.npz", "-o", "s.pack", "--limit", "4", "--split", "0.5"],
      ["data", "ring", "s.ring", "--data", "s.pack", "--capacity", "4"],
      ["data", "stream", "s.pack", "-o", "s.stream"],
    ] { _ = try run(words, in: folder) }
    let names = Self.plans.map(\.name) + ["page"]
    for (index, name) in names.enumerated() {
      let number = UInt8(index)
      _ = try run(
        ["train", name + ".plan", "--data", "s.pack", "--steps", "2", "--checkpoint", name + ".ckpt"], in: folder)
      let plan = try folder.read(name + ".plan")
      let length = plan.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self) }
      try folder.write("seeds/\(name).plan", [0, number] + plan.prefix(Int(length)))
      for (kind, file) in [(1, "s.pack"), (2, name + ".ckpt"), (3, "s.ring"), (4, "s.stream")] {
        try folder.write("seeds/\(name)-\(kind)", [UInt8(kind), number] + folder.read(file))
      }
    }
    return names.map { folder.file($0 + ".plan") }
  }

  private static let policy = """
    { "policy": 1, "default": "frozen", "layers": [
      { "match": "pw", "train": "region", "input_channels": [1, 3], "bias": false },
      { "match": "dw", "train": "bias" }, { "match": "head*", "train": "full" } ] }
    """

  @Test func nothingThatIsReadReachesOutside() throws {
    let scratch = try ScratchFolder()
    let plans = try writeSeeds(to: scratch)
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
      ], in: scratch.path, environment: ["FUZZ_PLANS": plans.joined(separator: ":")])
    #expect(result.status == 0, "\(result.errors.suffix(4000))")
    // With a full corpus, reading it counts as well.
    let done = result.errors.firstMatch(of: /Done (\d+) runs/).flatMap { Int($0.output.1) }
    #expect(try #require(done) >= runs)
    let coverage = result.errors.matches(of: /cov: (\d+)/).compactMap { Int($0.output.1) }.max()
    #expect(try #require(coverage) > 2000, "most inputs are refused at once")
  }
}
