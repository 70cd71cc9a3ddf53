import Driver
import Passes
import Report
import Runtime
import Select
import Testing

/// Caps that let the first layers be computed in patches.
struct FrontierTests {
  private func options(_ cap: MemoryCap) -> CompileOptions {
    var options = CompileOptions()
    options.policy = .preset("head")
    options.cap = cap
    return options
  }

  @Test func theMinimumIsExact() throws {
    let error = try #require(throws: OverCap.self) { _ = try compiled(options(.bytes(1000))) }
    let smallest = try compiled(options(.bytes(error.needed))).report
    #expect(smallest.arenaBytes == error.needed && !smallest.patches.isEmpty)
    #expect(throws: OverCap.self) { _ = try compiled(options(.bytes(error.needed - 1))) }
    let whole = try compiled(options(.none)).report
    #expect(whole.patches.isEmpty && whole.arenaBytes > smallest.arenaBytes)
  }

  /// The image trains like that without patches: every loss and every weight is the same.
  @Test func patchesTrainTheSame() throws {
    let error = try #require(throws: OverCap.self) { _ = try compiled(options(.bytes(1000))) }
    var copied = options(.bytes(error.needed * 2))
    copied.samples = .copied
    copied.patches = .fixed(PatchGrid(rows: 2, columns: 2), layers: nil)
    #expect(try losses(copied) == losses(options(.none)))
  }

  private func losses(_ options: CompileOptions) throws -> [Float] {
    let loaded = try LoadedImage(compiled(options).image)
    var session = try Session(loaded.image)
    return (0..<5).map { step in
      session.fillBatch(seed: UInt64(step))
      return session.runStep().loss
    }
  }

  @Test func onlyWhatNothingBeatsIsKept() {
    func point(_ bytes: Int, _ macs: Int) -> Frontier.Point {
      Frontier.Point(arenaBytes: bytes, stepMacs: macs, patches: [], readsInPlace: false)
    }
    let frontier = Frontier([point(100, 10), point(80, 30), point(60, 11), point(50, 12), point(49, 40)])
    #expect(frontier.points.map(\.arenaBytes) == [100, 60, 50, 49])
    #expect(frontier.knee == 2)
    #expect(frontier.text.contains("<- knee"))
  }

  @Test func gridsThatDoNotFitAreRefused() {
    var wrong = options(.none)
    wrong.patches = .fixed(PatchGrid(rows: 9, columns: 9), layers: nil)
    let error = #expect(throws: OptionError.self) { _ = try compiled(wrong) }
    #expect(error?.option == "patch" && error?.value == "9x9")
  }
}
