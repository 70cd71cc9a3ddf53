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
    header.input.shape = ArrayShape([3])
    header.input.type = SampleType.f32.rawValue
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

  /// A digest that is right does not make weights of a diverged training fit to go on from.
  @Test(arguments: [Float.nan, .infinity, -.infinity]) func valuesThatAreNoNumbersAreRefused(value: Float) throws {
    var bytes = try written()
    let first = CheckpointHeader.size + 8
    bytes.replaceSubrange(first..<first + 4, with: withUnsafeBytes(of: value) { [UInt8]($0) })
    let file = AlignedBytes(bytes.sealed())
    var session = try Session(Image(memory.bytes))
    #expect(throws: CheckpointError.numbers) { _ = try session.restoreCheckpoint(file.bytes) }
    #expect(floats(session.variable(0)) == TinyPlan.initial)
  }

  /// The sum of losses, a Double behind the counts of samples.
  @Test(arguments: [Double.nan, .infinity, -.infinity]) func lossesThatAreNoNumbersAreRefused(value: Double) throws {
    var bytes = try written()
    bytes.replaceSubrange(112..<120, with: withUnsafeBytes(of: value) { [UInt8]($0) })
    let file = AlignedBytes(bytes.sealed())
    #expect(throws: CheckpointError.numbers) { _ = try CheckpointHeader(checking: file.bytes) }
    var session = try Session(Image(memory.bytes))
    #expect(throws: CheckpointError.numbers) { _ = try session.restoreCheckpoint(file.bytes) }
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
    changed[8] = 4
    #expect(try error(changed.sealed(), memory) == .version(found: 4, supported: 3))
    #expect(try error(good.reversed(), memory) == .notACheckpoint)
    let other = AlignedBytes(TinyPlan.contents(window: 3).bytes())
    #expect(try error(good, other) == .otherPlan)
    changed = good
    changed[60] = 9  // micro-steps
    #expect(try error(changed.sealed(), memory) == .sizes)
  }

  @Test func noFolderIsNoCrash() throws {
    var session = try Session(Image(memory.bytes))
    do {
      try session.writeCheckpoint(to: "/nowhere/at/all", DataProgress())
      Issue.record("written into a folder that is not there")
    } catch { #expect(error.cause != 0) }
  }

  /// The text of a file that is no checkpoint, and what is expected to lie in `path`.previous after the next one.
  @Test func aSlotThatIsNotWholeIsReplacedAndTheOtherKept() throws {
    let path = String.temporaryPath("slots")
    defer { for name in [path, path + ".previous"] { unlink(name) } }
    var session = try Session(Image(memory.bytes))
    var slots = CheckpointSlots()
    for position in 1...3 { try slots.write(&session, to: path, DataProgress(position: UInt32(position))) }
    func restored() throws -> CheckpointSlots.Restored {
      var slots = CheckpointSlots()
      var session = try Session(Image(memory.bytes))
      return try slots.restore(&session, from: path)
    }
    #expect(try restored().progress.position == 3)
    for cut in [0, 1, 40, 200] {
      truncate(path, off_t(cut))
      let second = try restored()
      #expect(second.slot == .previous && second.progress.position == 2 && second.passedOver != nil)
    }
    unlink(path)
    #expect(try restored().passedOver == .file(FileError(cause: ENOENT)))

    // A new session does not know: it looks.
    let junk = open(path, O_WRONLY | O_CREAT, 0o600)
    #expect(write(junk, "junk", 4) == 4 && close(junk) == 0)
    var other = CheckpointSlots()
    try other.write(&session, to: path, DataProgress(position: 4))
    #expect(try restored().progress.position == 4)
    unlink(path)
    #expect(try restored().progress.position == 2)
    unlink(path + ".previous")
    #expect(throws: CheckpointSlots.Fault.file(FileError(cause: ENOENT))) { try restored() }
  }

  @Test func statisticsTravelWithTheCheckpoint() throws {
    let path = String.temporaryPath("statistics")
    defer { unlink(path) }
    var session = try Session(Image(memory.bytes))
    for (index, value) in [Float(1), -1, 2, -2, 3, -3].enumerated() { session.batch(.train).input[index] = value }
    let losses = (0..<3).map { _ in
      let report = session.runStep()
      return Double(report.loss) * Double(report.samples)
    }
    var score = Score()
    (score.samples, score.correct) = (8, 6)
    let first = session.statistics.note(score)
    score.correct = 5
    let second = session.statistics.note(score)
    #expect(first && !second)
    try session.writeCheckpoint(to: path, DataProgress())
    var other = try Session(Image(memory.bytes))
    _ = try other.restoreCheckpoint(MappedFile(path: path))
    #expect(other.statistics == session.statistics)
    #expect(other.statistics.loss == losses.reduce(0, +) && other.statistics.samples > 0)
    #expect(other.statistics.bestAccuracy == 750_000 && other.statistics.evaluationsSinceBest == 1)
  }
}
