/// Depth-first search for offsets below a capacity, after MiniMalloc (Moffitt, ASPLOS 2023).
///
/// Any packing can be pushed down until every item stands on the ground or on another one; so items are placed from low
/// to high, each as low as those already placed let it.
struct PackingSearch {
  enum Outcome { case found, impossible, exhausted }

  let problem: PackingProblem
  let capacity: Int
  /// How many items may still be looked at.
  private(set) var effort: Int
  /// Where each item stands; of one that is not placed, the lowest place that is left.
  private(set) var floors: [Int]
  /// Bytes of a section's items that are not placed.
  private var waiting: [Int]
  private var isPlaced: [Bool]
  /// What to take back: an item with its former floor, or one that was placed.
  private var trail: [(item: Int, floor: Int?)] = []
  /// Room for `parts`: where the items that begin in a section end.
  private var reach: [Int]

  init(_ problem: PackingProblem, capacity: Int, effort: Int) {
    self.problem = problem
    self.capacity = capacity
    self.effort = effort
    floors = Array(repeating: 0, count: problem.sizes.count)
    waiting = problem.members.map { $0.reduce(0) { $0 + problem.sizes[$1] } }
    isPlaced = Array(repeating: false, count: problem.sizes.count)
    reach = Array(repeating: 0, count: problem.members.count)
  }

  mutating func run() -> Outcome { descend(Array(problem.sizes.indices), after: 0, -1) }

  /// Places the items, none below `floor`, and at that height none before item `index`.
  private mutating func descend(_ items: [Int], after floor: Int, _ index: Int) -> Outcome {
    let parts = parts(items)
    guard parts.count == 1 else {
      // Parts that never meet do not care for each other.
      let mark = trail.count
      for part in parts {
        let outcome = choose(part, after: floor, index)
        if outcome != .found {
          takeBack(to: mark)
          return outcome
        }
      }
      return .found
    }
    return choose(parts[0], after: floor, index)
  }

  private mutating func choose(_ items: [Int], after floor: Int, _ index: Int) -> Outcome {
    // Whatever starts at or above this leaves room for a whole item below: that one would come first.
    let lowestTop = items.reduce(Int.max) { min($0, floors[$1] + problem.sizes[$1]) }
    var choices = items.filter {
      floors[$0] < lowestTop && (floors[$0] > floor || floors[$0] == floor && $0 > index)
    }
    choices.sort { (floors[$0], $0) < (floors[$1], $1) }
    for item in choices {
      guard effort > 0 else { return .exhausted }
      effort -= items.count
      let mark = trail.count
      if put(item) {
        var rest = items
        rest.remove(at: rest.firstIndex(of: item)!)
        let outcome = descend(rest, after: floors[item], item)
        if outcome != .impossible { return outcome }
      }
      takeBack(to: mark)
    }
    return .impossible
  }

  /// Places an item; false where another one then has no place.
  private mutating func put(_ item: Int) -> Bool {
    let top = floors[item] + problem.sizes[item]
    isPlaced[item] = true
    trail.append((item, nil))
    for section in problem.ranges[item] { waiting[section] -= problem.sizes[item] }
    var first = problem.ranges[item].lowerBound
    var end = problem.ranges[item].upperBound
    for other in problem.neighbours[item] where !isPlaced[other] && floors[other] < top {
      let raised = aligned(top, to: problem.alignments[other])
      guard raised + problem.sizes[other] <= capacity else { return false }
      trail.append((other, floors[other]))
      floors[other] = raised
      first = min(first, problem.ranges[other].lowerBound)
      end = max(end, problem.ranges[other].upperBound)
    }
    return (first..<end).allSatisfy { hasRoom($0, above: floors[item]) }
  }

  /// Bound of the search: whether the unplaced items of a section fit above the lowest offset that is left to any of
  /// them.
  private func hasRoom(_ section: Int, above floor: Int) -> Bool {
    let room = capacity - waiting[section]
    if room >= capacity { return true }
    for item in problem.members[section] where !isPlaced[item] && max(floors[item], floor) <= room { return true }
    return false
  }

  private mutating func takeBack(to mark: Int) {
    while trail.count > mark {
      let (item, floor) = trail.removeLast()
      if let floor {
        floors[item] = floor
      } else {
        isPlaced[item] = false
        for section in problem.ranges[item] { waiting[section] += problem.sizes[item] }
      }
    }
  }

  /// Splits items where no one is live on both sides of a section's end.
  private mutating func parts(_ items: [Int]) -> [[Int]] {
    guard items.count > 1 else { return items.isEmpty ? [] : [items] }
    for item in items {
      let range = problem.ranges[item]
      reach[range.lowerBound] = max(reach[range.lowerBound], range.upperBound)
    }
    var cuts: [Int] = []
    var end = 0
    for section in reach.indices where reach[section] > 0 {
      if section >= end { cuts.append(section) }
      end = max(end, reach[section])
      reach[section] = 0
    }
    guard cuts.count > 1 else { return [items] }
    var parts = [[Int]](repeating: [], count: cuts.count)
    for item in items {
      parts[(cuts.firstIndex { $0 > problem.ranges[item].lowerBound } ?? cuts.count) - 1].append(item)
    }
    return parts
  }
}
