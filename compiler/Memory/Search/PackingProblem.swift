/// Items as a search sees them: time is cut into sections, of which only those with a maximal set of live items count.
///
/// Two items meet in time exactly where they share a section, and no section's items are all in another one.
struct PackingProblem {
  let sizes: [Int]
  let alignments: [Int]
  /// Sections in which an item is live.
  let ranges: [Range<Int>]
  /// Items that are live in a section.
  let members: [[Int]]
  /// Items that meet an item in time, without itself.
  let neighbours: [[Int]]

  /// - Parameter items: of at least one byte each.
  init(_ items: [Item]) {
    sizes = items.map(\.bytes)
    alignments = items.map(\.alignment)
    let sections = PackingProblem.sections(items)
    ranges = items.map { item in
      positions(sections, below: item.first)..<positions(sections, below: item.last + 1)
    }
    var members = [[Int]](repeating: [], count: sections.count)
    for (index, range) in ranges.enumerated() { for section in range { members[section].append(index) } }
    self.members = members
    let ranges = ranges
    neighbours = ranges.indices.map { index in
      ranges.indices.filter { $0 != index && ranges[$0].overlaps(ranges[index]) }
    }
  }

  /// Steps at which a set of live items is largest: something begins there, and the next to happen is an end.
  private static func sections(_ items: [Item]) -> [Int] {
    let begins = Set(items.map(\.first)).sorted()
    let ends = items.map(\.last).sorted()
    return begins.enumerated().filter { position, begin in
      let next = position + 1 < begins.count ? begins[position + 1] : Int.max
      let end = positions(ends, below: begin)
      return end < ends.count && ends[end] < next
    }.map(\.element)
  }
}
