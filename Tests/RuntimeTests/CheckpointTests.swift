import Emit
import Glibc
import Runtime
import Support
import Testing

struct CheckpointTests {
  private let memory = AlignedBytes(TinyPlan.contents().bytes())

  private func copy(_ file: borrowing MappedFile) -> [UInt8] {
    let bytes = file.bytes
    return (0..<bytes.count).map { bytes[$0] }
  }

  /// The bytes of a checkpoint written after three micro-steps.
  private func written() throws -> [UInt8] {
    var session = try Session(Image(memory.bytes))
    for (index, value) in [Float(1), -1, 2, -2, 3, -3].enumerated() { session.batch(.train).input[index] = value }
    for _ in 0..<3 { _ = session.runStep() }
    let path = String.temporaryPath("checkpoint")
    try session.writeCheckpoint(to: path, DataProgress(seed: 5, epoch: 2, position: 4))
    defer { unlink(path) }
    return try copy(MappedFile(path: path))
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

  /// Stopping and going on gives the same batches, reports and weights as never stopping.
  @Test(arguments: 1..<9)
  func resumingIsExact(stop: Int) throws {
    var header = PackHeader()
    header.samples = 7
    header.trainSamples = 7
    header.channels = 3
    header.type = SampleType.f32.rawValue
    header.classes = 3
    let samples = (0..<21).map { Float($0 * 5 % 11) - 5 }.withUnsafeBytes { [UInt8]($0) }
    let labels = [Int32](repeating: 1, count: 7).withUnsafeBytes { [UInt8]($0) }
    let data = AlignedBytes(PackContents(header: header, samples: samples, labels: labels).bytes())
    let image = try Image(memory.bytes)
    func cursor() throws -> DataCursor {
      try DataCursor(Pack(data.bytes), .train, for: image, DataOrder(seed: 3, shuffles: true))
    }
    func step(_ session: inout Session, _ cursor: inout DataCursor) throws -> [Float] {
      _ = try cursor.fill(session.batch(.train))
      let report = session.runStep()
      return [report.loss, report.learningRate, Float(report.step)] + floats(session.variable(0))
    }
    var whole = try Session(image)
    var order = try cursor()
    var expected: [[Float]] = []
    for _ in 0..<9 { expected.append(try step(&whole, &order)) }

    var first = try Session(image)
    order = try cursor()
    for index in 0..<stop { #expect(try step(&first, &order) == expected[index]) }
    let path = String.temporaryPath("resume")
    defer { unlink(path) }
    let progress = DataProgress(seed: 3, epoch: order.epoch, position: UInt32(order.position))
    try first.writeCheckpoint(to: path, progress)
    var second = try Session(image)
    let restored = try second.restoreCheckpoint(MappedFile(path: path))
    order = try cursor()
    order.seek(epoch: restored.epoch, position: Int(restored.position))
    for index in stop..<9 { #expect(try step(&second, &order) == expected[index]) }
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
