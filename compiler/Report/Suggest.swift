/// A change of options whose plan can be computed.
public struct Candidate {
  /// As typed on the command line.
  public var option: String
  /// Whether a plan with this change may be expected to fit, by what is quickly found out.
  public var isLikely: () throws -> Bool
  /// Arena bytes of the plan with this change; throws when there is no such plan.
  public var plan: () throws -> Int

  public init(option: String, isLikely: @escaping () throws -> Bool, plan: @escaping () throws -> Int) {
    self.option = option
    self.isLikely = isLikely
    self.plan = plan
  }
}

/// The smallest change of each family that fits under the cap; at most three, the smallest saving first.
///
/// Every figure is that of a plan that was computed. What is likely to fit only tells where to look first.
/// - Parameters:
///   - families: each ordered from the smallest change to the largest, needing ever fewer bytes
///     (batch sizes downwards, ever fewer trained layers); a change on its own is a family of one.
///   - looks: how many candidates may be looked at, where a plan is worth two looks; where that is not enough, larger
///     changes that fit are taken. Each family has one plan at least.
public func suggest(_ families: [[Candidate]], cap: Int, looks: Int = .max) -> [OverCap.Suggestion] {
  var left = looks
  let found = families.enumerated().compactMap { index, family in
    let reserved = SuggestionSearch.plan * (families.count - 1 - index)
    var search = SuggestionSearch(cap: cap, looks: max(SuggestionSearch.plan, left - reserved))
    left -= search.looks
    defer { left += search.looks }
    return search.smallestFitting(family)
  }
  let order = found.indices.sorted { (-found[$0].neededBytes, $0) < (-found[$1].neededBytes, $1) }
  return order.prefix(3).map { found[$0] }
}

private struct SuggestionSearch {
  /// Looks that a plan is worth.
  static let plan = 2

  let cap: Int
  var looks: Int

  /// The smallest change that fits; one that has no plan counts as not fitting.
  ///
  /// From the smallest likely one on, plans go to smaller changes while they fit, or to larger ones until one does, twice
  /// as far each time, and then by halves.
  mutating func smallestFitting(_ family: [Candidate]) -> OverCap.Suggestion? {
    var (low, high) = (0, family.count)
    var (probe, width) = (firstLikely(family), 1)
    var fitting: OverCap.Suggestion?
    while low < high, looks >= Self.plan {
      // The last plan is for the largest change, if nothing fitted yet.
      if fitting == nil, low > 0, looks < 2 * Self.plan { probe = family.count - 1 }
      if let found = planned(family[probe]) {
        (fitting, high) = (found, probe)
      } else {
        low = probe + 1
      }
      let isEnclosed = fitting != nil && low > 0
      probe = isEnclosed ? (low + high) / 2 : fitting == nil ? probe + width : probe - width
      probe = max(0, min(probe, family.count - 1))
      width *= 2
    }
    return fitting
  }

  /// The smallest change that is likely to fit; the largest where not even that is.
  private mutating func firstLikely(_ family: [Candidate]) -> Int {
    var (low, high) = (0, family.count - 1)
    var middle = high
    // The largest change first: where that is not likely, none is. What is left is enough for two plans.
    while low < high, looks > 2 * Self.plan {
      if isLikely(family[middle]) { high = middle } else { low = middle + 1 }
      middle = (low + high) / 2
    }
    return high
  }

  private mutating func isLikely(_ candidate: Candidate) -> Bool {
    looks -= 1
    return (try? candidate.isLikely()) ?? false
  }

  private mutating func planned(_ candidate: Candidate) -> OverCap.Suggestion? {
    looks -= Self.plan
    guard let bytes = try? candidate.plan(), bytes <= cap else { return nil }
    return OverCap.Suggestion(option: candidate.option, neededBytes: bytes)
  }
}
