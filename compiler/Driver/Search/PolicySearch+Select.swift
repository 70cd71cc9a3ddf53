import Select

extension PolicySearch {
  /// The choices worth most under a budget.
  ///
  /// First the multiple-choice knapsack of what the choices cost at least, which bounds what any plan can be worth; then
  /// the same with as much of the budget kept back as real plans take beyond that; then exchanges of one layer's choice
  /// until none is worth more and fits.
  ///
  /// - Parameter values: layer → choice → what it is worth; of the first choice, 0.
  /// - Throws: `BelowMinimum`, and as `compile`.
  public func best(_ values: [[Double]], under budget: Budget) throws -> SelectedPolicy {
    let nothing = layers.map { _ in 0 }
    let least = try figures(nothing, cap: budget.arenaBytes)
    guard budget.fits(least) else { throw BelowMinimum(budget: budget, least: least) }
    // Costs know of the image only what the head's has.
    var costs = budget
    costs.flashBytes = budget.flashBytes.map { $0 - (least.flashBytes - prices.head.flash) }
    let bound = knapsack(values, costs)?.value ?? 0
    var best = try fitting(values, budget, beside(try smallestHead(least, budget), costs)) ?? nothing
    best = try exchanged(best, values, budget, costs)
    return SelectedPolicy(
      policy: policy(best), choices: best, figures: try figures(best, cap: budget.arenaBytes),
      value: value(best, values), bound: bound)
  }

  func value(_ choices: [Int], _ values: [[Double]]) -> Double {
    zip(choices, values).reduce(0) { $0 + $1.1[$1.0] }
  }

  /// The arena of the head alone, as small as it gets.
  private func smallestHead(_ least: PlanFigures, _ budget: Budget) throws -> Int {
    if let known = smallest { return known }
    let bytes = budget.arenaBytes == nil ? least.arenaBytes : try figures(preset("head"), cap: 1).arenaBytes
    smallest = bytes
    return bytes
  }

  /// Lets variables take no more than the forward pass leaves of the arena: its peak is there whatever is trained.
  ///
  /// Storage holds the same variables twice, so that this is a limit of it.
  private func beside(_ head: Int, _ costs: Budget) -> Budget {
    guard let cap = costs.arenaBytes else { return costs }
    var costs = costs
    costs.flashBytes = min(costs.flashBytes ?? .max, prices.head.flash + 2 * (cap - head))
    return costs
  }

  /// Keeps back ever more of the budget for what costs leave out, until a plan fits; then as little as does.
  private func fitting(_ values: [[Double]], _ budget: Budget, _ costs: Budget) throws -> [Int]? {
    var best: [Int]?
    var (low, high) = (0.0, 1.0)
    var share = 0.0
    // A step of less than a hundredth of the budget changes little.
    while high - low > 0.01 {
      if let choices = knapsack(values, costs.part(1 - share))?.choices, try fits(choices, budget) {
        if value(choices, values) > best.map({ value($0, values) }) ?? -.infinity { best = choices }
        if share == 0 { break }
        high = share
      } else {
        low = share
      }
      share = (low + high) / 2
    }
    return best
  }

  /// Changes the choice of one layer, or of two against each other, for what is worth more and fits.
  private func exchanged(
    _ start: [Int], _ values: [[Double]], _ budget: Budget, _ costs: Budget
  ) throws -> [Int] {
    var best = start
    var refused: Set<[Int]> = []
    func accepts(_ changed: [Int]) throws -> Bool {
      guard !refused.contains(changed) else { return false }
      if costs.allows(prices.costs(changed)), try fits(changed, budget) { return true }
      refused.insert(changed)
      return false
    }
    while true {
      let likely = try likely(best, budget)
      var found = try exchanges(best, values).filter(likely).first(where: accepts)
      if found == nil { found = try pairs(best, values).filter(likely).prefix(48).first(where: accepts) }
      guard let found else { return best }
      best = found
    }
  }

  /// Other choices for one layer that are worth more, the best first.
  private func exchanges(_ choices: [Int], _ values: [[Double]]) -> [[Int]] {
    let found = layers.indices.flatMap { layer in
      possible(layer).filter { values[layer][$0] > values[layer][choices[layer]] }.map { choice in
        var changed = choices
        changed[layer] = choice
        return changed
      }
    }
    return bestFirst(found, values)
  }

  /// Whether other choices have a chance to fit: the arena grows by variables at least, and by what is kept where that is
  /// the peak.
  private func likely(_ choices: [Int], _ budget: Budget) throws -> ([Int]) -> Bool {
    guard let cap = budget.arenaBytes, let now = prices.costs(choices) else { return { _ in true } }
    let arena = try figures(choices, cap: cap).arenaBytes
    return { changed in
      guard let costs = self.prices.costs(changed) else { return false }
      return arena + min(costs.bytes - now.bytes, (costs.flash - now.flash) / 2) <= cap
    }
  }

  /// More for one layer and less for another, where that is worth more: the best first.
  private func pairs(_ choices: [Int], _ values: [[Double]]) -> [[Int]] {
    let value = value(choices, values)
    let found = exchanges(choices, values).flatMap { more in
      layers.indices.filter { more[$0] == choices[$0] && choices[$0] > 0 }.flatMap { layer in
        possible(layer).filter { $0 < choices[layer] }.compactMap { choice -> [Int]? in
          var changed = more
          changed[layer] = choice
          return self.value(changed, values) > value ? changed : nil
        }
      }
    }
    return bestFirst(found, values)
  }

  private func possible(_ layer: Int) -> [Int] { layers[layer].entries.indices.filter { isPossible(layer, $0) } }

  private func bestFirst(_ all: [[Int]], _ values: [[Double]]) -> [[Int]] {
    all.map { value($0, values) }.bestFirst.map { all[$0] }
  }

  /// The exact solution for what choices cost at least: for each layer that may be the shallowest trained one, the best
  /// choices of it and of all behind it.
  private func knapsack(_ values: [[Double]], _ budget: Budget) -> MultipleChoiceKnapsack.Solution? {
    let limits = [budget.arenaBytes, budget.macs, budget.flashBytes]
    let used = limits.indices.filter { limits[$0] != nil }
    func figures(_ costs: StepCosts) -> [Int] { used.map { [costs.bytes, costs.macs, costs.flash][$0] } }
    func left(_ start: StepCosts) -> [Int] { zip(used, figures(start)).map { limits[$0]! - $1 } }
    var best: MultipleChoiceKnapsack.Solution?
    if left(prices.head).allSatisfy({ $0 >= 0 }) { best = .init(choices: layers.map { _ in 0 }, value: 0) }
    for first in layers.indices {
      let groups = layers.indices[first...].map { layer in
        possible(layer).filter { layer > first || $0 > 0 }
      }
      let problem = MultipleChoiceKnapsack(
        zip(layers.indices[first...], groups).map { layer, choices in
          choices.map { Choice(value: values[layer][$0], costs: figures(prices.prices[layer][$0]!)) }
        }, budgets: left(prices.start[first]))
      guard let solution = problem.solved(above: best?.value ?? -.infinity) else { continue }
      let choices = zip(groups, solution.choices).map { $0[$1] }
      best = .init(choices: Array(repeating: 0, count: first) + choices, value: solution.value)
    }
    return best
  }
}

extension Budget {
  fileprivate func part(_ share: Double) -> Budget {
    Budget(arenaBytes: arenaBytes.map { Int(Double($0) * share) }, macs: macs, flashBytes: flashBytes)
  }

  /// Whether the least that choices cost is within the budget.
  fileprivate func allows(_ costs: StepCosts?) -> Bool {
    guard let costs else { return false }
    return costs.bytes <= arenaBytes ?? .max && costs.macs <= macs ?? .max && costs.flash <= flashBytes ?? .max
  }
}
