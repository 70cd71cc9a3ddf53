import IR
import Testing
import Trace

@testable import Driver

/// What is told of variants before they are made, against what they take.
struct EstimateTests {
  private func step(of graph: Graph, _ policy: String) throws -> StepVariant {
    var options = CompileOptions()
    options.policy = .preset(policy)
    let stages = Pipeline.network.then(Pipeline.select).then(Pipeline.steps)
    return try stages.run((), CompileRequest(traced: graph, options)).values[0]
  }

  /// A chain of 3 x 3 layers, deep enough that recomputing helps.
  private func chain() throws -> Graph {
    try trace([1, 8, 8, 4], seed: 5) { x in
      let deep = (0..<20).reduce(x) { $0.conv("c\($1)", outputs: 4, kernel: 3, padding: 1).relu() }
      return deep.globalAverage().dense("classifier", outputs: 3)
    }
  }

  @Test(arguments: [false, true]) func patchesTakeAsMuchOrMore(readsInPlace: Bool) throws {
    let variants = try step(of: smallNetwork(), "head").extended(.automatic, readsInPlace: readsInPlace)
    #expect(!variants.isEmpty)
    for variant in variants {
      let bytes = try variant.sizes().bytes
      #expect(variant.estimate > 0 && variant.estimate <= bytes)
    }
  }

  @Test func recomputationTakesAboutAsMuch() throws {
    let step = try step(of: chain(), "full")
    let variants = try step.recomputed(estimated: true)
    #expect(!variants.isEmpty)
    for variant in variants { #expect(variant.mayTake(try variant.sizes().bytes)) }
    // Steps between budgets may pass over what needs a little less.
    let least = try step.leastRecomputed()
    let last = try #require(variants.last?.estimate)
    #expect(least <= last && last - least <= last / 50)
  }

  @Test func pagingTakesAboutAsMuch() throws {
    let step = try step(of: smallNetwork(batch: 32), "full")
    let all = try #require(step.paged(withState: true, estimated: true).last)
    #expect(try all.estimate <= step.leastPaged(withState: true, inPatches: false))
    #expect(try step.leastPaged(withState: true, inPatches: true) <= SizedVariant(step).sizes().peakOutsidePatches)
  }
}
