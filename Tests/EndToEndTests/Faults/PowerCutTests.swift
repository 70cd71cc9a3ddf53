import IR
import Support
import Testing

/// A training that lost its power goes on to the bytes of one that never did.
struct PowerCutTests {
  /// With eight modes, 1,000 in all.
  private let cuts = 125

  @Test(arguments: FaultyTraining.modes)
  func everyResumeEndsWithTheSameBytes(mode: String) throws {
    let training = try FaultyTraining.of(mode)
    let scratch = try ScratchFolder()
    let result = try training.run(
      in: scratch.path, environment: FileFaults.shared.get().logging(to: scratch.file("log")))
    try #require(result.status == 0, "\(result.errors)")
    try #require(scratch.read("c.ckpt") == training.expected)
    let calls = try FileLog(scratch.read("log")).calls
    // Each checkpoint is opened, written, synced and renamed, as is the folder.
    try #require(calls.count > FaultyTraining.steps * 6)
    var generator = SeededGenerator(seed: 17)
    var remains = Set<[String]>()
    for cut in 0..<cuts {
      let end = Int.random(in: 0...calls.count, using: &generator)
      var disk = Disk()
      for call in calls.prefix(end) { disk.run(call, isFolder: { $0 == "." }) }
      let after = try ScratchFolder()
      let files = disk.afterCut(&generator)
      for (name, bytes) in files { try after.write(name, bytes) }
      remains.insert(files.keys.filter { $0 != "c.ckpt.espalier-lock" }.sorted())
      let resumed = try training.run(in: after.path)
      try #require(resumed.status == 0, "cut \(cut) after call \(end): \(resumed.errors)")
      try #require(after.read("c.ckpt") == training.expected, "cut \(cut) after call \(end): other bytes")
    }
    // Cuts between the two renames, with and without a temporary file, were among them.
    #expect(remains.contains(["c.ckpt.previous"]) || remains.contains(["c.ckpt.espalier-tmp", "c.ckpt.previous"]))
    #expect(remains.contains(["c.ckpt", "c.ckpt.previous"]))
  }
}
