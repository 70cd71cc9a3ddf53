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
      let isFolder = call == .sync && number % 2 == 0
      // A folder that cannot be synced is nothing a program can help.
      if !isFolder {
        #expect(failed.status == 73 || failed.status == 74, "\(call) \(number): \(failed.errors)")
        #expect(failed.errors.contains("c.ckpt") && failed.errors.contains(String(cString: strerror(cause))))
        #expect(failed.errors.contains("\n  next: "))
      }
      #expect(!scratch.exists("c.ckpt.tmp"))
      let resumed = try training.run(in: scratch.path)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try scratch.read("c.ckpt") == training.expected, "\(call) \(number)")
    }
  }
}
