/// Lagrangian relaxation, an upper bound of a knapsack: with prices on the budgets each group takes its best choice
/// alone.
///
/// Prices come from subgradient steps on the Lagrangian dual (Fisher, The Lagrangian Relaxation Method, 1981). Any
/// prices give a valid bound; good ones give a tight one.
struct LagrangianBound {
  /// Price of a unit of each budget.
  private let prices: [Double]
  private let budgets: [Int]
  /// Group → the most that it and all groups behind it give, prices paid.
  private let suffix: [Double]
  /// Group → the least that it and all groups behind it take of each budget.
  private let least: [[Int]]
  /// The best solution that was met on the way.
  private(set) var incumbent: MultipleChoiceKnapsack.Solution?

  /// Nil where nothing fits.
  init?(_ groups: [[Choice]], _ budgets: [Int]) {
    guard groups.allSatisfy({ !$0.isEmpty }) else { return nil }
    var least = [[Int]](repeating: budgets.map { _ in 0 }, count: groups.count + 1)
    for index in groups.indices.reversed() {
      least[index] = budgets.indices.map { budget in
        least[index + 1][budget] + groups[index].map { $0.costs[budget] }.min()!
      }
    }
    guard zip(least[0], budgets).allSatisfy({ $0 <= $1 }) else { return nil }
    let dual = LagrangianDual(groups, budgets)
    var suffix = [Double](repeating: 0, count: groups.count + 1)
    for index in groups.indices.reversed() {
      suffix[index] = suffix[index + 1] + groups[index].map { dual.reduced($0) }.max()!
    }
    (self.least, self.suffix, self.budgets, prices, incumbent) = (least, suffix, budgets, dual.prices, dual.incumbent)
  }

  /// Whether the cheapest choices of all groups behind `index` fit beside what was taken.
  func canFit(_ costs: [Int], behind index: Int) -> Bool {
    budgets.indices.allSatisfy { costs[$0] + least[index + 1][$0] <= budgets[$0] }
  }

  /// The most that a solution can be worth of which the groups up to `index` give `value` and take `costs`.
  func best(_ value: Double, _ costs: [Int], behind index: Int) -> Double {
    var sum = value + suffix[index + 1]
    for budget in budgets.indices { sum += prices[budget] * Double(budgets[budget] - costs[budget]) }
    // Rounding must not make a bound of what is no bound.
    return sum + 1e-9 * abs(sum)
  }
}

/// Prices on budgets that make the bound small.
private struct LagrangianDual {
  private(set) var prices: [Double]
  private(set) var incumbent: MultipleChoiceKnapsack.Solution?

  init(_ groups: [[Choice]], _ budgets: [Int]) {
    prices = budgets.map { _ in 0 }
    var bestPrices = prices
    var bestBound = Double.infinity
    var scale = 1.0
    for _ in 0..<300 {
      let picks = groups.map { group in group.indices.max { reduced(group[$0]) < reduced(group[$1]) }! }
      var used = budgets.map { _ in 0 }
      for (group, pick) in zip(groups, picks) { for b in budgets.indices { used[b] += group[pick].costs[b] } }
      let value = zip(groups, picks).reduce(0) { $0 + $1.0[$1.1].value }
      let slack = budgets.indices.map { Double(budgets[$0] - used[$0]) }
      let bound = value + zip(prices, slack).reduce(0) { $0 + $1.0 * $1.1 }
      if slack.allSatisfy({ $0 >= 0 }), value > incumbent?.value ?? -.infinity {
        incumbent = MultipleChoiceKnapsack.Solution(choices: picks, value: value)
      }
      if bound < bestBound { (bestBound, bestPrices) = (bound, prices) } else { scale *= 0.95 }
      // Each budget counts by its own size, so that bytes and multiplications can stand side by side.
      let relative = budgets.indices.map { slack[$0] / Double(max(budgets[$0], 1)) }
      let square = relative.reduce(0) { $0 + $1 * $1 }
      let gap = bound - (incumbent?.value ?? bound - abs(bound) - 1)
      guard square > 0, gap > 0 else { break }
      for b in budgets.indices {
        let step = scale * gap * relative[b] / square
        prices[b] = max(0, prices[b] - step / Double(max(budgets[b], 1)))
      }
    }
    prices = bestPrices
  }

  /// What a choice is worth once its costs are paid for.
  func reduced(_ choice: Choice) -> Double {
    zip(prices, choice.costs).reduce(choice.value) { $0 - $1.0 * Double($1.1) }
  }
}
