import Foundation
import Support
import Testing

/// The reader of pictures on inputs that libFuzzer makes up, under the address sanitizer.
///
/// 20,000 inputs, or `ESPALIER_FUZZ` of them. What reached something new is kept in `.build/fuzz-pictures`.
@Suite(.enabled(if: Command.python != nil, "needs Python; Tests/run.sh prepares it"))
struct PictureFuzzTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized.path
  private static let corpus = root + "/.build/fuzz-pictures"

  @Test func noPictureIsReadOutsideItsBytes() throws {
    let scratch = try ScratchFolder()
    let seeds = scratch.file("seeds")
    let made = try #require(Command.python).run([Self.root + "/Tests/Oracle/pictures.py", seeds])
    try #require(made.status == 0, "\(made.errors)")
    for name in try FileManager.default.contentsOfDirectory(atPath: seeds) where name.hasSuffix(".npy") {
      try FileManager.default.removeItem(atPath: seeds + "/" + name)
    }
    let fuzzer = scratch.file("fuzzer")
    let built = try Command(path: "/bin/bash").run([Self.root + "/Tests/Fuzz/build-pictures.sh", fuzzer])
    try #require(built.status == 0, "\(built.errors)")
    try FileManager.default.createDirectory(atPath: Self.corpus, withIntermediateDirectories: true)
    let runs = ProcessInfo.processInfo.environment["ESPALIER_FUZZ"].flatMap { Int($0) } ?? 20_000
    let result = try Command(path: fuzzer).run(
      [
        "-runs=\(runs)", "-max_len=6000", "-timeout=30", "-rss_limit_mb=0", "-malloc_limit_mb=1024",
        "-artifact_prefix=\(Self.corpus)-", Self.corpus, seeds,
      ], in: scratch.path)
    #expect(result.status == 0, "\(result.errors.suffix(4000))")
    let done = result.errors.firstMatch(of: /Done (\d+) runs/).flatMap { Int($0.output.1) }
    #expect(try #require(done) >= runs)
  }
}
