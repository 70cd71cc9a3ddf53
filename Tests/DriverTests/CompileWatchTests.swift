import Driver
import IR
import Operators
import Report
import Synchronization
import Testing
import Trace

/// Whoever watches a compilation is told of every plan, and may end it.
struct CompileWatchTests {
  /// A chain of 3 x 3 layers.
  private func chain(_ layers: Int) throws -> Graph {
    try trace([1, 8, 8, 4], seed: 5) { x in
      let deep = (0..<layers).reduce(x) { $0.conv("c\($1)", outputs: 4, kernel: 3, padding: 1).relu() }
      return deep.globalAverage().dense("classifier", outputs: 3)
    }
  }

  private func plan(_ graph: Graph, _ options: CompileOptions, _ log: ProgressLog) throws -> Compilation {
    guard case .plan(let compilation) = try compile(traced: graph, options, watch: log.watch) else {
      throw UnexpectedText()
    }
    return compilation
  }

  private func options(_ cap: MemoryCap) -> CompileOptions {
    var options = CompileOptions()
    options.cap = cap
    return options
  }

  /// The step as a whole, and the one that fits: however long the chain is.
  @Test(arguments: [20, 100, 400]) func chainsTakeTwoPlans(layers: Int) throws {
    let graph = try chain(layers)
    let whole = try plan(graph, options(.none), ProgressLog())
    let log = ProgressLog()
    let cap = whole.report.arenaBytes - whole.report.arenaBytes / 8
    let found = try plan(graph, options(.bytes(cap)), log)
    #expect(found.report.arenaBytes <= cap && !found.isCutShort)
    #expect(found.report.recomputation != nil && found.report.patches.isEmpty)
    #expect(log.told.map(\.plans) == [1, 2])
    #expect(log.told.map(\.smallest) == [whole.report.arenaBytes, found.report.arenaBytes])
    #expect(log.told.map(\.fitting) == [nil, found.report.arenaBytes])
  }

  @Test func nothingIsFoundWhereItEndsAtOnce() throws {
    let log = ProgressLog(plans: 0)
    #expect(throws: CompileInterrupted.self) { _ = try plan(smallNetwork(), options(.bytes(4_000)), log) }
    #expect(log.told.isEmpty)
  }

  /// What cannot fit is not looked for among smaller batches and policies, either.
  @Test func noSuggestionsAreMadeBehindTheEnd() throws {
    let log = ProgressLog(plans: 2)
    #expect(throws: CompileInterrupted.self) { _ = try plan(smallNetwork(), options(.bytes(1_000)), log) }
    #expect(log.told.count == 2)
  }
}

/// What was told; the compilation ends after so many plans.
private final class ProgressLog: Sendable {
  private let all = Mutex<[CompileWatch.Progress]>([])
  private let plans: Int

  init(plans: Int = .max) { self.plans = plans }

  var told: [CompileWatch.Progress] { all.withLock { $0 } }

  var watch: CompileWatch {
    CompileWatch(
      report: { progress in self.all.withLock { $0.append(progress) } },
      isEnded: { self.told.count >= self.plans })
  }
}
