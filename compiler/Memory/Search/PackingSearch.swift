/// Depth-first search for offsets below a capacity, after MiniMalloc (Moffitt, ASPLOS 2023).
///
/// Any packing can be pushed down until every item stands on the ground or on another one. In this canonical form items
/// are placed from low to high, each at its minimum feasible offset, and among equal offsets by rank.
struct PackingSearch {
  enum Outcome { case found, impossible, exhausted }

  let problem: PackingProblem
  let capacity: Int
  /// Of items at the same height the one of lower rank comes first.
  let ranks: [Int]
  /// How many items and sections may still be looked at.
  var effort: Int
  /// How many placements of an item were tried.
  private(set) var nodes = 0
  /// The largest area, bytes times sections, that was placed at one time.
  private(set) var deepest = 0
  private var placedArea = 0
  /// Where each item stands; of one that is not placed, its minimum feasible offset.
  private(set) var floors: [Int]
  /// Bytes of a section's items that are not placed.
  private(set) var waiting: [Int]
  private(set) var isPlaced: [Bool]
  /// What to take back: an item with its former floor, or with none if it was placed.
  private var trail: [(item: Int, floor: Int?)] = []
  /// Items to place, a span on top for each open node and each of its parts.
  var stack: [Int]
  /// Items to try, a span on top for each open node.
  private var choices: [Int] = []
  /// Room for `split`: where the items that begin in a section end, then the part that begins there.
  var reach: [Int]
  /// Room for `hasStranded`: offsets that items will have at least.
  var reachable: [Int]

  init(_ problem: PackingProblem, ranks: [Int], capacity: Int, effort: Int) {
    self.problem = problem
    self.capacity = capacity
    self.ranks = ranks
    self.effort = effort
    let count = problem.sizes.count
    floors = Array(repeating: 0, count: count)
    waiting = problem.members.map { $0.reduce(0) { $0 + problem.sizes[$1] } }
    isPlaced = Array(repeating: false, count: count)
    stack = Array(0..<count)
    reach = Array(repeating: 0, count: problem.members.count)
    reachable = floors
  }

  mutating func run() -> Outcome {
    guard waiting.allSatisfy({ $0 <= capacity }) else { return .impossible }
    return descend(0..<stack.count, after: 0, -1)
  }

  /// Places a span of the stack, nothing below `floor`, and at that height nothing up to `rank`.
  private mutating func descend(_ span: Range<Int>, after floor: Int, _ rank: Int) -> Outcome {
    guard !span.isEmpty else { return .found }
    let base = stack.count
    defer { stack.removeLast(stack.count - base) }
    let parts = split(span)
    guard parts.count > 1 else { return choose(span, after: floor, rank) }
    // Parts that never meet do not care for each other: the first that fails fails them all.
    let mark = trail.count
    for part in parts {
      let outcome = choose(part, after: floor, rank)
      if outcome != .found {
        takeBack(to: mark)
        return outcome
      }
    }
    return .found
  }

  private mutating func choose(_ span: Range<Int>, after floor: Int, _ rank: Int) -> Outcome {
    let highest = highestOffset(span)
    guard highest >= floor, !hasStranded(span, after: floor, rank) else { return .impossible }
    let base = choices.count
    defer { choices.removeLast(choices.count - base) }
    for item in stack[span] where floors[item] <= highest && isAfter(item, floor, rank) { insert(item, from: base) }
    for position in base..<choices.count {
      guard effort > 0 else { return .exhausted }
      let item = choices[position]
      nodes += 1
      effort -= span.count + problem.neighbours[item].count
      let mark = trail.count
      if put(item) {
        deepest = max(deepest, placedArea)
        let start = stack.count
        for other in span where stack[other] != item { stack.append(stack[other]) }
        let outcome = descend(start..<stack.count, after: floors[item], ranks[item])
        stack.removeLast(stack.count - start)
        if outcome != .impossible { return outcome }
      }
      // What raises no other item stands in nobody's way: it is not the reason.
      let raisedNone = trail.count == mark + 1
      takeBack(to: mark)
      if raisedNone { return .impossible }
    }
    return .impossible
  }

  /// Whether an item may still come when the last one placed was at this height and of this rank.
  func isAfter(_ item: Int, _ floor: Int, _ rank: Int) -> Bool {
    floors[item] > floor || floors[item] == floor && ranks[item] > rank
  }

  /// Adds an item to the choices, which are sorted by height and rank.
  private mutating func insert(_ item: Int, from base: Int) {
    choices.append(item)
    var position = choices.count - 1
    while position > base {
      let other = choices[position - 1]
      guard floors[other] > floors[item] || floors[other] == floors[item] && ranks[other] > ranks[item] else { break }
      choices[position] = other
      position -= 1
    }
    choices[position] = item
  }

  /// Places an item and raises those that are not placed and meet it; false where another one then has no place.
  private mutating func put(_ item: Int) -> Bool {
    let top = floors[item] + problem.sizes[item]
    var touched = problem.ranges[item]
    isPlaced[item] = true
    placedArea += problem.sizes[item] * touched.count
    trail.append((item, nil))
    for section in touched { waiting[section] -= problem.sizes[item] }
    for other in problem.neighbours[item] where !isPlaced[other] && floors[other] < top {
      trail.append((other, floors[other]))
      floors[other] = aligned(top, to: problem.alignments[other])
      guard floors[other] + problem.sizes[other] <= capacity else { return false }
      let range = problem.ranges[other]
      touched = min(touched.lowerBound, range.lowerBound)..<max(touched.upperBound, range.upperBound)
    }
    effort -= touched.count
    return touched.allSatisfy { hasRoom($0, above: floors[item], floors) }
  }

  private mutating func takeBack(to mark: Int) {
    while trail.count > mark {
      let (item, floor) = trail.removeLast()
      if let floor {
        floors[item] = floor
      } else {
        isPlaced[item] = false
        placedArea -= problem.sizes[item] * problem.ranges[item].count
        for section in problem.ranges[item] { waiting[section] += problem.sizes[item] }
      }
    }
  }
}
