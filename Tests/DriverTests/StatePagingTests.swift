import Driver
import Glibc
import Report
import Runtime
import Support
import Testing
import Trace

/// Plans whose momentums and sums of gradients wait in a file between updates.
struct StatePagingTests {
  private let whole: LoadedImage
  private let paged: LoadedImage
  private let reports: (whole: PlanReport, paged: PlanReport)

  init() throws {
    var options = CompileOptions()
    options.optimizer = .momentum
    options.accumulate = 2
    (options.recompute, options.codec, options.patches) = (.none, .none, .none)
    let all = try Self.compiled(options)
    options.cap = .bytes(1000)
    let error = try #require(throws: OverCap.self) { _ = try Self.compiled(options) }
    options.cap = .bytes(error.needed)
    let small = try Self.compiled(options)
    reports = (all.report, small.report)
    (whole, paged) = (try LoadedImage(all.image), try LoadedImage(small.image))
  }

  private static func compiled(_ options: CompileOptions) throws -> Compilation {
    let network = try trace([2, 6, 6, 3], seed: 3) { x in
      let deep = x.conv("a", outputs: 16, kernel: 3, padding: 1).relu6().conv("b", outputs: 16, kernel: 3, padding: 1)
      return deep.relu6().globalAverage().dense("classifier", outputs: 3)
    }
    guard case .plan(let compilation) = try compile(traced: network, options) else { throw UnexpectedText() }
    return compilation
  }

  private func session(_ plan: LoadedImage) throws -> Session {
    var session = try Session(plan.image)
    try session.openPages(nil)
    return session
  }

  private func temporaryPath() -> String { "/tmp/espalier-state-\(UInt64.random(in: 0...(.max)))" }

  /// Losses of micro-steps.
  private func losses(_ session: inout Session, _ steps: Range<Int>) -> [Float] {
    steps.map { step in
      session.fillBatch(seed: UInt64(step))
      return session.runStep().loss
    }
  }

  @Test func stateTakesNoMemory() throws {
    let paging = try #require(reports.paged.paging)
    let state = reports.whole.bytesByClass.state
    #expect(paging.stateBytes > state * 9 / 10 && paging.stateBytes <= paging.fileBytes)
    #expect(reports.paged.arenaBytes <= reports.whole.arenaBytes - state / 2)
    #expect(reports.whole.paging == nil)
  }

  @Test func itTrainsTheSame() throws {
    var a = try session(whole)
    var b = try session(paged)
    let expected = losses(&a, 0..<7)
    #expect(losses(&b, 0..<7) == expected && b.lostPages == nil)
    b.reset()
    #expect(losses(&b, 0..<7) == expected)
  }

  /// A checkpoint holds the state; what goes on from it has a page file of its own.
  @Test(arguments: 1..<7)
  func stoppedTrainingGoesOn(stop: Int) throws {
    var a = try session(whole)
    let expected = losses(&a, 0..<7)
    var b = try session(paged)
    #expect(losses(&b, 0..<stop) == Array(expected[..<stop]))
    let path = temporaryPath()
    defer { unlink(path) }
    try b.writeCheckpoint(to: path, DataProgress())
    var c = try session(paged)
    _ = losses(&c, 3..<5)
    _ = try c.restoreCheckpoint(MappedFile(path: path))
    #expect(losses(&c, stop..<7) == Array(expected[stop...]) && c.lostPages == nil)
  }

  /// Without its page file there is no state to write.
  @Test func withoutPagesNoCheckpointIsWritten() throws {
    var session = try Session(paged.image)
    let path = temporaryPath()
    #expect(throws: FileError.self) { try session.writeCheckpoint(to: path, DataProgress()) }
    #expect(access(path, F_OK) != 0)
  }
}
