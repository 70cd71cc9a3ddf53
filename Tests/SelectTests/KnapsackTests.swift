import IR
import Testing

@testable import Select

/// The exact solver against all combinations.
struct KnapsackTests {
  private func random(seed: UInt64) -> MultipleChoiceKnapsack {
    var generator = SeededGenerator(seed: seed)
    func number(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
    let budgets = 1 + number(3)
    let groups = (0..<1 + number(6)).map { _ in
      (0..<1 + number(4)).map { _ in
        Choice(value: Double(number(50)) / 7 - 1, costs: (0..<budgets).map { _ in number(40) })
      }
    }
    return MultipleChoiceKnapsack(groups, budgets: (0..<budgets).map { _ in number(40 * groups.count) })
  }

  private func best(_ problem: MultipleChoiceKnapsack) -> Double? {
    var found: Double?
    func walk(_ index: Int, _ value: Double, _ left: [Int]) {
      guard left.allSatisfy({ $0 >= 0 }) else { return }
      guard index < problem.groups.count else {
        found = max(found ?? -.infinity, value)
        return
      }
      for choice in problem.groups[index] { walk(index + 1, value + choice.value, zip(left, choice.costs).map(-)) }
    }
    walk(0, 0, problem.budgets)
    return found
  }

  @Test func fiveHundredSmallOnesAreSolvedExactly() throws {
    var without = 0
    for seed in 0..<500 {
      let problem = random(seed: UInt64(seed))
      let solution = problem.solved()
      guard let expected = best(problem) else {
        #expect(solution == nil, "instance \(seed)")
        without += 1
        continue
      }
      let found = try #require(solution, "instance \(seed)")
      #expect(abs(found.value - expected) < 1e-9, "instance \(seed)")
      let chosen = zip(problem.groups, found.choices).map { $0[$1] }
      #expect(abs(chosen.reduce(0) { $0 + $1.value } - found.value) < 1e-9)
      for budget in problem.budgets.indices {
        #expect(chosen.reduce(0) { $0 + $1.costs[budget] } <= problem.budgets[budget])
      }
      #expect(problem.solved(above: expected + 0.01) == nil)
    }
    #expect(without > 0 && without < 250)
  }

  /// As many groups and choices as the layers of a real network, with sizes of real ones.
  @Test func largeOnesAreWithinTheirOwnBound() throws {
    var generator = SeededGenerator(seed: 7)
    let groups = (0..<60).map { _ in
      let bytes = 64 * (1 + Int(generator.next() % 2000))
      let worth = Double(generator.next() % 1000)
      return [0, 1, 2, 4, 8].map {
        Choice(value: worth * Double($0).squareRoot(), costs: [bytes * $0 / 8, bytes * $0])
      }
    }
    let problem = MultipleChoiceKnapsack(groups, budgets: [1 << 20, 1 << 24])
    let found = try #require(problem.solved())
    let chosen = zip(groups, found.choices).map { $0[$1] }
    // No change of a single group within the budget is worth more.
    let left = (1 << 20) - chosen.reduce(0) { $0 + $1.costs[0] }
    for (group, own) in zip(groups, chosen) {
      for other in group where other.costs[0] - own.costs[0] <= left { #expect(other.value <= own.value) }
    }
  }

  @Test func groupsWithoutChoicesHaveNoSolution() {
    #expect(MultipleChoiceKnapsack([[]], budgets: [5]).solved() == nil)
    #expect(MultipleChoiceKnapsack([], budgets: [5]).solved() == .init(choices: [], value: 0))
    #expect(MultipleChoiceKnapsack([], budgets: [-1]).solved() == nil)
  }
}
