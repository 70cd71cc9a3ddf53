import Emit
import Glibc
import Runtime
import Testing

struct CheckpointTests {
  private let memory = AlignedBytes(TinyPlan.contents().bytes())

  /// The bytes of a checkpoint written after three micro-steps.
  private func written() throws -> [UInt8] {
    var session = try Session(Image(memory.bytes))
    for (index, value) in [Float(1), -1, 2, -2, 3, -3].enumerated() { session.batch(.train).input[index] = value }
    for _ in 0..<3 { _ = session.runStep() }
    let path = String.temporaryPath("checkpoint")
    try session.writeCheckpoint(to: path, DataProgress(seed: 5, epoch: 2, position: 4))
    let file = try MappedFile(path: path)
    defer { unlink(path) }
    return (0..<file.bytes.count).map { file.bytes[$0] }
  }

  @Test func goesOnWhereItStopped() throws {
    let file = AlignedBytes(try written())
    var session = try Session(Image(memory.bytes))
    let progress = try session.restoreCheckpoint(file.bytes)
    #expect(progress == DataProgress(seed: 5, epoch: 2, position: 4))
    #expect(session.step == 1 && session.microStep == 1)
    #expect(floats(session.variable(0)) == [10, 0, 30, 0, 50, 0])
    let report = session.runStep()
    #expect(report.isUpdate)
  }

  @Test func damageIsRefusedAndChangesNothing() throws {
    let good = try written()
    var session = try Session(Image(memory.bytes))
    for index in good.indices {
      var changed = good
      changed[index] ^= 0x10
      let file = AlignedBytes(changed)
      do {
        _ = try session.restoreCheckpoint(file.bytes)
        Issue.record("byte \(index) was accepted")
      } catch {}
    }
    for count in good.indices {
      let file = AlignedBytes(Array(good[..<count]))
      do {
        _ = try session.restoreCheckpoint(file.bytes)
        Issue.record("\(count) bytes were accepted")
      } catch {}
    }
    #expect(floats(session.variable(0)) == TinyPlan.initial)
    #expect(session.step == 0)
  }

  @Test func errorsSayWhatIsWrong() throws {
    let good = try written()
    func error(_ bytes: [UInt8], _ plan: AlignedBytes) throws -> CheckpointError? {
      var session = try Session(Image(plan.bytes))
      let file = AlignedBytes(bytes)
      do { _ = try session.restoreCheckpoint(file.bytes) } catch { return error }
      return nil
    }
    var changed = good
    changed[8] = 3
    #expect(try error(changed.sealed(), memory) == .version(found: 3, supported: 1))
    #expect(try error(good.reversed(), memory) == .notACheckpoint)
    let other = AlignedBytes(TinyPlan.contents(window: 3).bytes())
    #expect(try error(good, other) == .otherPlan)
    changed = good
    changed[60] = 9  // micro-steps
    #expect(try error(changed.sealed(), memory) == .sizes)
  }

  @Test func noFolderIsNoCrash() throws {
    let session = try Session(Image(memory.bytes))
    do {
      try session.writeCheckpoint(to: "/nowhere/at/all", DataProgress())
      Issue.record("written into a folder that is not there")
    } catch { #expect(error.cause != 0) }
  }
}
