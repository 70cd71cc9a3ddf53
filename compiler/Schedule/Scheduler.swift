import IR

/// How hard to look for a good order.
public enum OrderEffort: Sendable {
  /// A few rules.
  case rules
  /// Also a search, until the best order is proved or a few seconds have gone.
  case search
}

/// Orders the operations of a graph and gives every value its buffer.
///
/// Several orders are tried; the first with the smallest peak is kept. Nothing here looks at anything but the graph.
/// - Parameters:
///   - results: what the outside reads after the last step; the graph's outputs when nil.
///   - forwardCount: values with an index below this were there before differentiation; all of them when nil.
public func schedule(
  _ graph: Graph, results: [ValueID]? = nil, forwardCount: Int? = nil, effort: OrderEffort = .search
) throws(ScheduleError) -> Schedule {
  let results = results ?? graph.outputs.map(\.value)
  let flow = try Dataflow(graph, results: results)
  var best: (schedule: Schedule, peak: Int)?
  func consider(_ order: [Int]) {
    let candidate = flow.schedule(order, results, forwardCount)
    let peak = candidate.peakBytes
    if peak < best?.peak ?? .max { best = (candidate, peak) }
  }
  for rule in OrderRule.allCases { consider(try flow.order(rule)) }
  guard effort == .search, flow.count > 0 else { return best!.schedule }
  let search = OrderSearch(flow, limit: max(200, min(2000, 400_000 / flow.count)))
  var lower = flow.orderBound()
  while let peak = best?.peak, lower < peak {
    // Halfway between what is known to be needed and what is known to do.
    let budget = (lower + peak - 1) / 2
    guard let order = search.order(under: budget) else {
      lower = budget + 1
      continue
    }
    consider(order)
    // Where the bytes are counted otherwise, nothing is gained.
    if best!.peak >= peak { break }
  }
  return best!.schedule
}

/// The orders of the rules, one for each: which is the best depends on the steps that are of interest.
public func ruledSchedules(_ graph: Graph, forwardCount: Int? = nil) throws(ScheduleError) -> [Schedule] {
  let results = graph.outputs.map(\.value)
  let flow = try Dataflow(graph, results: results)
  return try OrderRule.allCases.map { (rule) throws(ScheduleError) in
    flow.schedule(try flow.order(rule), results, forwardCount)
  }
}

extension Dataflow {
  /// Gives every value its buffer in an order.
  fileprivate func schedule(_ order: [Int], _ results: [ValueID], _ forwardCount: Int?) -> Schedule {
    let assignment = BufferAssignment(self, order: order)
    return Schedule(
      graph: graph, order: order.map { values[$0] }, buffers: assignment.buffers, bufferOf: assignment.bufferOf,
      scratch: assignment.scratch, results: results, forwardCount: forwardCount ?? graph.values.count)
  }
}

extension OrderSearch {
  /// An order under a budget, if one is found.
  fileprivate func order(under budget: Int) -> [Int]? {
    for preference in Preference.allCases {
      switch run(budget: budget, preference) {
      case .order(let order): return order
      case .none: return nil
      case .unknown: continue
      }
    }
    return nil
  }
}
