/// What a node may leave out, because nothing canonical that fits is below it.
extension PackingSearch {
  /// The highest offset at which the next item of a span can stand.
  ///
  /// Dominance: above the lowest top of an item there would be room for that item below. Sections: nothing may stand so
  /// high that what waits in some section does not fit above.
  func highestOffset(_ span: Range<Int>) -> Int {
    var highest = Int.max
    var first = Int.max
    var end = 0
    for position in span {
      let item = stack[position]
      highest = min(highest, floors[item] + problem.sizes[item] - 1)
      first = min(first, problem.ranges[item].lowerBound)
      end = max(end, problem.ranges[item].upperBound)
    }
    for section in first..<end where waiting[section] > 0 { highest = min(highest, capacity - waiting[section]) }
    return highest
  }

  /// Section inference: whether the waiting items of a section fit above the lowest offset that is left to any of them.
  ///
  /// - Parameter offsets: what each item will have at least.
  func hasRoom(_ section: Int, above floor: Int, _ offsets: [Int]) -> Bool {
    guard waiting[section] > 0 else { return true }
    let highest = capacity - waiting[section]
    guard floor <= highest else { return false }
    for item in problem.members[section] where !isPlaced[item] && offsets[item] <= highest { return true }
    return false
  }

  /// Whether items that were passed over, and so must be raised before they are placed, can no longer be.
  ///
  /// Such an item will stand on another one that still waits, so above the lowest top of those that it meets.
  mutating func hasStranded(_ span: Range<Int>, after floor: Int, _ rank: Int) -> Bool {
    var first = Int.max
    var end = 0
    for position in span {
      let item = stack[position]
      reachable[item] = floors[item]
      guard !isAfter(item, floor, rank) else { continue }
      var lowest = Int.max
      for other in problem.neighbours[item] where !isPlaced[other] {
        lowest = min(lowest, max(floors[other], floor) + problem.sizes[other])
      }
      effort -= problem.neighbours[item].count / 2
      guard lowest <= capacity - problem.sizes[item] else { return true }
      reachable[item] = lowest
      first = min(first, problem.ranges[item].lowerBound)
      end = max(end, problem.ranges[item].upperBound)
    }
    guard first < end else { return false }
    return !(first..<end).allSatisfy { hasRoom($0, above: floor, reachable) }
  }
}
