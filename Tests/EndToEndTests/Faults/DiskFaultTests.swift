import Foundation
import Support
import Testing

/// A disk that is full or read-only costs nothing but what was not written yet.
struct DiskFaultTests {
  private let faults: FileFaults
  private let training: FaultyTraining
  init() throws {
    faults = try FileFaults.shared.get()
    training = try FaultyTraining.of("i8")
  }

  private static let cases: [(FileFaults.Failing, Int32)] = [
    (.open, EROFS), (.write, ENOSPC), (.sync, EIO), (.rename, ENOSPC),
  ]

  @Test(arguments: cases)
  func theLastGoodCheckpointStays(call: FileFaults.Failing, cause: Int32) throws {
    // Every call of the first four checkpoints, and of some in the middle.
    for number in [1, 2, 3, 4, 5, 6, 7, 8, 25, 26] {
      let scratch = try ScratchFolder()
      let failed = try training.run(in: scratch.path, environment: faults.failing(call, from: number, with: cause))
      // Of a file or of its folder, whose names are not safe before.
      #expect(failed.status == (cause == EROFS ? 73 : 74), "\(call) \(number): \(failed.errors)")
      #expect(failed.errors.contains("c.ckpt") && failed.errors.contains(String(cString: strerror(cause))))
      #expect(failed.errors.contains("\n  next: "))
      #expect(!scratch.exists("c.ckpt.tmp") && !scratch.exists("c.ckpt.lock"))
      let resumed = try training.run(in: scratch.path)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try scratch.read("c.ckpt") == training.expected, "\(call) \(number)")
    }
  }
}
