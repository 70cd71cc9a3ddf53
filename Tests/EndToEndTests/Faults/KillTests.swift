import Foundation
import IR
import Support
import Testing

/// A training that is killed over and over ends with the bytes of one that never was.
struct KillTests {
  /// With eight modes, 1,000 in all.
  private let kills = 125

  @Test(arguments: FaultyTraining.modes)
  func everyTrainingEndsWithTheSameBytes(mode: String) throws {
    let training = try FaultyTraining.of(mode)
    var generator = SeededGenerator(seed: 23)
    var (killed, finished) = (0, 0)
    var scratch = try ScratchFolder()
    while killed < kills || finished == 0 {
      // What a step takes differs from machine to machine: the time adapts until about one run of ten ends by itself.
      let limit = 2_000 * (killed + 10) / (10 * finished + 10)
      let pause = UInt32.random(in: 0...UInt32(min(limit, 200_000)), using: &generator)
      let result = try training.run(
        in: scratch.path,
        started: { process in
          usleep(pause)
          kill(process.processIdentifier, SIGKILL)
        })
      if result.status == 0 {
        try #require(scratch.read("c.ckpt") == training.expected, "after \(killed) kills")
        finished += 1
        scratch = try ScratchFolder()
      } else {
        try #require(result.status == SIGKILL, "\(result.errors)")
        killed += 1
      }
    }
  }
}
