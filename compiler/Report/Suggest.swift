/// A change of options whose plan can be computed.
public struct Candidate {
  /// As typed on the command line.
  public var option: String
  /// Arena bytes of the plan with this change; throws when there is no such plan.
  public var plan: () throws -> Int

  public init(option: String, plan: @escaping () throws -> Int) {
    self.option = option
    self.plan = plan
  }
}

/// The smallest change of each family that fits under the cap; at most three, the smallest saving first.
///
/// Every figure is that of a plan that was computed.
/// - Parameters:
///   - families: each ordered from the smallest change to the largest, needing ever fewer bytes
///     (batch sizes downwards, ever fewer trained layers); a change on its own is a family of one.
///   - plans: how many may be computed; where that is not enough, larger changes that fit are taken.
public func suggest(_ families: [[Candidate]], cap: Int, plans: Int = .max) -> [OverCap.Suggestion] {
  var left = plans
  let found = families.compactMap { smallestFitting($0, cap: cap, plans: &left) }
  let order = found.indices.sorted { (-found[$0].neededBytes, $0) < (-found[$1].neededBytes, $1) }
  return order.prefix(3).map { found[$0] }
}

/// Bisection for the first candidate that fits; one that has no plan counts as not fitting.
private func smallestFitting(_ family: [Candidate], cap: Int, plans: inout Int) -> OverCap.Suggestion? {
  var low = 0
  var high = family.count
  var fitting: OverCap.Suggestion?
  while low < high, plans > 0 {
    plans -= 1
    // The largest change first: where that does not fit, none does.
    let middle = fitting == nil ? family.count - 1 : (low + high) / 2
    if let bytes = try? family[middle].plan(), bytes <= cap {
      fitting = OverCap.Suggestion(option: family[middle].option, neededBytes: bytes)
      high = middle
    } else {
      low = middle + 1
    }
  }
  return fitting
}
