import IR
import Select
import Testing

@testable import Driver

/// Selection under a budget, on a network with few enough choices to look at all of them.
struct SearchTests {
  private let search: PolicySearch

  init() throws {
    var options = CompileOptions()
    options.patches = .none
    search = try PolicySearch(traced: smallNetwork(batch: 4), options)
  }

  /// All choices that can be made.
  private var all: [[Int]] {
    search.layers.indices.reduce([[]]) { found, layer in
      found.flatMap { choices in
        search.layers[layer].entries.indices.filter { search.isPossible(layer, $0) }.map { choices + [$0] }
      }
    }
  }

  private func values(seed: UInt64) -> [[Double]] {
    var generator = SeededGenerator(seed: seed)
    return search.layers.map { layer in
      layer.entries.indices.map { $0 == 0 ? 0 : Double(generator.next() % 1000) * Double($0) }
    }
  }

  @Test func theHeadIsNoChoice() {
    #expect(
      search.layers.map(\.name) == [
        "stem.weight", "block.expand.weight", "block.depthwise.weight", "block.project.weight",
      ])
    #expect(search.head == "classifier.weight")
    #expect(search.layers[3].entries.map(\.train) == [.frozen, .bias, .region, .region, .region, .full])
  }

  @Test func costsAreNeverAboveThoseOfThePlan() throws {
    var generator = SeededGenerator(seed: 3)
    for choices in all.shuffled(using: &generator).prefix(60) {
      let costs = try #require(search.prices.costs(choices))
      let figures = try search.figures(choices, cap: nil)
      #expect(costs.bytes <= figures.arenaBytes, "\(choices)")
      #expect(costs.macs == figures.stepMacs, "\(choices)")
      #expect(costs.flash < figures.flashBytes, "\(choices)")
    }
  }

  @Test(arguments: 0..<6) func littleThatFitsIsWorthMore(seed: Int) throws {
    let values = values(seed: UInt64(seed))
    let least = try search.figures(search.preset("head"), cap: nil).arenaBytes
    let most = try search.figures(search.preset("full"), cap: nil).arenaBytes
    let cap = least + (most - least) * (seed + 1) / 8
    let found = try search.best(values, under: Budget(arenaBytes: cap))
    #expect(found.figures.arenaBytes <= cap)
    #expect(found.value == search.value(found.choices, values) && found.value <= found.bound + 1e-9)
    #expect(try search.figures(found.policy, cap: cap) == found.figures)
    let better = try all.filter { search.value($0, values) > found.value }.filter {
      try search.figures($0, cap: cap).arenaBytes <= cap
    }
    // No change of one layer's choice is among them, and none is worth much more.
    for choices in better {
      #expect(zip(choices, found.choices).count { $0 != $1 } > 1, "\(choices) instead of \(found.choices)")
      #expect(search.value(choices, values) < found.value * 1.1, "\(choices) instead of \(found.choices)")
    }
  }

  @Test func everyBudgetIsKept() throws {
    let values = values(seed: 9)
    let head = try search.figures(search.preset("head"), cap: nil)
    let full = try search.figures(search.preset("full"), cap: nil)
    var budget = Budget()
    budget.macs = (head.stepMacs + full.stepMacs) / 2
    budget.flashBytes = (head.flashBytes + full.flashBytes) / 2
    let found = try search.best(values, under: budget)
    #expect(budget.fits(found.figures) && found.value > 0)
    let best = try values.map { worth in try #require(worth.indices.max { worth[$0] < worth[$1] }) }
    #expect(try search.best(values, under: Budget()).choices == best)
  }

  @Test func whatTheHeadDoesNotFitIsRefused() throws {
    let least = try search.figures(search.preset("head"), cap: nil)
    let budget = Budget(arenaBytes: least.arenaBytes - 1)
    #expect(throws: BelowMinimum(budget: budget, least: least)) {
      try search.best(values(seed: 1), under: budget)
    }
    #expect(try search.best(values(seed: 1), under: Budget(arenaBytes: least.arenaBytes)).figures == least)
  }

  /// Regions of layers that read the same channels are nested, so that one order serves both.
  @Test func chosenChannelsAreTheBest() throws {
    let scores = ["block.project.weight": (0..<16).map { Double($0 * 7 % 16) }]
    search.chooseChannels(scores)
    let layer = search.layers[3]
    #expect(layer.region(2) == [2, 9])
    #expect(layer.region(3)!.count == 4 && Set(layer.region(3)!).isSuperset(of: layer.region(2)!))
    #expect(try search.figures([0, 0, 0, 3], cap: nil).arenaBytes > 0)
  }
}
