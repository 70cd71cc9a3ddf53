import IR

/// Orders the operations of a graph and gives every value its buffer.
///
/// Several orders are tried; the first with the smallest peak is kept. Nothing here looks at anything but the graph.
/// - Parameters:
///   - results: what the outside reads after the last step; the graph's outputs when nil.
///   - forwardCount: values with an index below this were there before differentiation; all of them when nil.
public func schedule(
  _ graph: Graph, results: [ValueID]? = nil, forwardCount: Int? = nil
) throws(ScheduleError) -> Schedule {
  let results = results ?? graph.outputs.map(\.value)
  let flow = try Dataflow(graph, results: results)
  var best: (schedule: Schedule, peak: Int)?
  for rule in OrderRule.allCases {
    let order = try flow.order(rule)
    let assignment = BufferAssignment(flow, order: order)
    let candidate = Schedule(
      graph: graph, order: order.map { flow.values[$0] }, buffers: assignment.buffers, bufferOf: assignment.bufferOf,
      scratch: assignment.scratch, results: results, forwardCount: forwardCount ?? graph.values.count)
    let peak = candidate.liveBytes().max() ?? 0
    if peak < best?.peak ?? .max { best = (candidate, peak) }
  }
  return best!.schedule
}
