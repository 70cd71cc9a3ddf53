/// Dynamic decomposition: what is left falls into parts where no item is live on both sides of a section's end.
extension PackingSearch {
  /// Pushes the parts of a span on the stack, if there are several, and says where each lies.
  mutating func split(_ span: Range<Int>) -> [Range<Int>] {
    var first = Int.max
    for item in stack[span] {
      let range = problem.ranges[item]
      reach[range.lowerBound] = max(reach[range.lowerBound], range.upperBound)
      first = min(first, range.lowerBound)
    }
    var parts = 0
    var end = first
    for section in first..<reach.count where reach[section] > 0 {
      if section >= end { parts += 1 }
      end = max(end, reach[section])
      reach[section] = parts
    }
    defer { for section in first..<reach.count { reach[section] = 0 } }
    guard parts > 1 else { return [span] }
    var ends = [Int](repeating: 0, count: parts + 1)
    for item in stack[span] { ends[reach[problem.ranges[item].lowerBound]] += 1 }
    ends[0] = stack.count
    for part in 1...parts { ends[part] += ends[part - 1] }
    var next = ends
    stack.append(contentsOf: stack[span])
    for position in span {
      let item = stack[position]
      let part = reach[problem.ranges[item].lowerBound] - 1
      stack[next[part]] = item
      next[part] += 1
    }
    return (0..<parts).map { ends[$0]..<ends[$0 + 1] }
  }
}
