/// One of several ways to treat something: what it is worth, and what it takes of each budget.
public struct Choice: Hashable, Sendable {
  public var value: Double
  /// At least 0, one for each budget.
  public var costs: [Int]

  public init(value: Double, costs: [Int]) {
    self.value = value
    self.costs = costs
  }
}

/// Multiple-choice knapsack: exactly one choice of each group, of the largest total value within every budget.
///
/// Solved exactly, by dynamic programming over the groups. A partial solution is dropped where another is worth as much
/// and takes no more, or where its Lagrangian bound is not above the best solution known (Kellerer, Pferschy and
/// Pisinger, Knapsack Problems, chapters 9 and 11).
public struct MultipleChoiceKnapsack: Sendable {
  public struct Solution: Hashable, Sendable {
    /// Index of the choice of each group.
    public var choices: [Int]
    public var value: Double

    public init(choices: [Int], value: Double) {
      self.choices = choices
      self.value = value
    }
  }

  public let groups: [[Choice]]
  public let budgets: [Int]

  public init(_ groups: [[Choice]], budgets: [Int]) {
    self.groups = groups
    self.budgets = budgets
  }

  /// The best solution; nil where none fits, or none is worth more than `least`.
  public func solved(above least: Double = -.infinity) -> Solution? {
    guard let bound = LagrangianBound(groups, budgets) else { return nil }
    var best = bound.incumbent.flatMap { $0.value > least ? $0 : nil }
    var stages: [[State]] = []
    var open = [State(value: 0, costs: budgets.map { _ in 0 }, parent: 0, choice: 0)]
    for index in groups.indices {
      let known = max(best?.value ?? -.infinity, least)
      open = undominated(extended(open, index, bound, above: known))
      stages.append(open)
    }
    if let last = open.indices.max(by: { open[$0].value < open[$1].value }), open[last].value > best?.value ?? least {
      best = Solution(choices: path(stages, last), value: open[last].value)
    }
    return best
  }

  /// Choices of the first groups, and where they came from.
  private struct State {
    var value: Double
    var costs: [Int]
    var parent: Int
    var choice: Int
  }

  private func extended(_ open: [State], _ index: Int, _ bound: LagrangianBound, above known: Double) -> [State] {
    var next: [State] = []
    for (parent, state) in open.enumerated() {
      for (number, choice) in groups[index].enumerated() {
        var costs = state.costs
        for budget in budgets.indices { costs[budget] += choice.costs[budget] }
        let value = state.value + choice.value
        guard bound.canFit(costs, behind: index), bound.best(value, costs, behind: index) > known else { continue }
        next.append(State(value: value, costs: costs, parent: parent, choice: number))
      }
    }
    return next
  }

  /// The states that no other is as good as; with several budgets some of those stay as well, which costs time alone.
  private func undominated(_ states: [State]) -> [State] {
    let order = states.indices.sorted { a, b in
      let (x, y) = (states[a], states[b])
      if x.costs != y.costs { return x.costs.lexicographicallyPrecedes(y.costs) }
      return (y.value, a) < (x.value, b)
    }
    var kept: [State] = []
    let window = budgets.count > 1 ? 64 : 1
    for state in order.map({ states[$0] }) {
      let isBeaten = kept.suffix(window).contains { other in
        other.value >= state.value && zip(other.costs, state.costs).allSatisfy { $0 <= $1 }
      }
      if !isBeaten { kept.append(state) }
    }
    return kept
  }

  private func path(_ stages: [[State]], _ last: Int) -> [Int] {
    var choices: [Int] = []
    var at = last
    for stage in stages.reversed() {
      choices.append(stage[at].choice)
      at = stage[at].parent
    }
    return choices.reversed()
  }
}
