import Foundation
import Support
import Testing

/// A disk that is full, read-only or broken costs nothing but what was not written yet, whichever call meets it.
struct DiskFaultTests {
  private let faults: FileFaults
  init() throws { faults = try FileFaults.shared.get() }

  private static let calls: [(FileFaults.Failing, Int32)] = [
    (.open, EROFS), (.write, ENOSPC), (.sync, EIO), (.rename, ENOSPC),
  ]

  /// Lets every call of one kind fail in turn, each in a training of its own that is then resumed; returns how many.
  private func failing(_ call: FileFaults.Failing, _ cause: Int32, _ training: FaultyTraining) throws -> Int {
    let steps = FaultyTraining.fewSteps
    for number in 1... {
      let scratch = try ScratchFolder()
      let failed = try training.run(
        in: scratch.path, steps: steps, environment: faults.failing(call, from: number, with: cause))
      if failed.status == 0 {
        #expect(try scratch.read("c.ckpt") == training.early)
        return number - 1
      }
      let losesPages = failed.errors.contains("cannot be paged out beside the checkpoint")
      if [.pageWrite, .pageRead, .reserve].contains(call) { #expect(losesPages, "\(failed.errors)") }
      // Of a file or of its folder, whose names are not safe before.
      #expect(failed.status == (cause == EROFS && !losesPages ? 73 : 74), "\(call) \(number): \(failed.errors)")
      #expect(losesPages || failed.errors.contains("c.ckpt cannot be written"), "\(failed.errors)")
      #expect(failed.errors.contains(String(cString: strerror(cause))), "\(failed.errors)")
      #expect(failed.errors.contains("\n  next: "))
      for suffix in [".espalier-tmp", ".espalier-lock", ".pages"] { #expect(!scratch.exists("c.ckpt" + suffix)) }
      let resumed = try training.run(in: scratch.path, steps: steps)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try scratch.read("c.ckpt") == training.early, "\(call) \(number)")
    }
    return 0
  }

  @Test(arguments: FaultyTraining.modes)
  func theLastGoodCheckpointStays(mode: String) throws {
    let training = try FaultyTraining.of(mode)
    for (call, cause) in DiskFaultTests.calls {
      // A file at least for each checkpoint; two names and two syncs.
      let most = try failing(call, cause, training)
      #expect(most >= FaultyTraining.fewSteps, "\(call): \(most)")
    }
  }

  /// What was computed with pages that are lost is no checkpoint.
  @Test(arguments: FaultyTraining.pagedModes)
  func lostPagesEndTheTraining(mode: String) throws {
    let training = try FaultyTraining.of(mode)
    #expect(try failing(.reserve, ENOSPC, training) >= 1)
    #expect(try failing(.pageWrite, ENOSPC, training) >= FaultyTraining.fewSteps)
    #expect(try failing(.pageRead, EIO, training) >= FaultyTraining.fewSteps)
  }
}
