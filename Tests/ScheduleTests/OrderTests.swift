import IR
import Memory
import Operators
import Support
import Testing

@testable import Schedule

/// A random graph of few operations: chains, forks, views, masks, an update.
private func smallGraph(seed: UInt64) throws -> Graph {
  var generator = SeededGenerator(seed: seed)
  var graph = Graph()
  // Sizes differ, so that orders do.
  func width() -> Int { 8 << Int.random(in: 0..<5, using: &generator) }
  var values = [graph.input("x", TensorType(width(), 8))]
  let w = graph.variable("w", Constant(TensorType(8, 8), floats: Array(repeating: 0, count: 64)))
  func any() -> ValueID { values.randomElement(using: &generator)! }
  for _ in 0..<Int.random(in: 3...6, using: &generator) {
    let x = any()
    let op: any Operator =
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: Relu()
      case 1: Expand(shape: [4] + graph.type(x).shape)
      case 2: Reduce(axes: [0], keepDims: false)
      case 3: Reshape(shape: [graph.type(x).count])
      default: BitMask(low: 0, high: 1)
      }
    if op is Expand && graph.type(x).rank > 3 || graph.type(x).rank < 2 && op is Reduce || graph.type(x).dtype == .bit {
      values.append(try graph.append(Add(), values[0], values[0]))
    } else {
      values.append(try graph.append(op, x))
    }
    if graph.type(values.last!).dtype == .bit {
      values.append(try graph.append(MaskGrad(slope: 0), x, values.removeLast()))
    }
  }
  if let g = values.last(where: { graph.type($0).count == 64 }), graph.content(of: g) != w {
    let view = try graph.append(Reshape(shape: [8, 8]), g)
    try graph.append(SGD(), w, view)
  }
  let y = any()
  graph.outputs = [("y", y), ("w", try graph.append(Reduce(axes: [0]), graph.append(Relu(), w)))]
  return graph
}

/// Every order of the operations in which each has its operands, and old values are read before they are overwritten.
private func everyOrder(_ graph: Graph) -> [[ValueID]] {
  let nodes = graph.nodes.filter { if case .view = $0.op.sharing { false } else { true } }
  func reads(_ node: Node) -> [ValueID] { node.inputs.map(graph.content) }
  func mayRun(_ node: Node, _ done: Set<ValueID>) -> Bool {
    guard reads(node).allSatisfy({ graph.node($0) == nil || done.contains($0) }) else { return false }
    guard case .overwrites(let position) = node.op.sharing else { return true }
    let old = graph.content(of: node.inputs[position])
    return nodes.allSatisfy { $0.output == node.output || !reads($0).contains(old) || done.contains($0.output) }
  }
  var orders: [[ValueID]] = []
  func extend(_ order: [ValueID], _ done: Set<ValueID>) {
    if order.count == nodes.count { return orders.append(order) }
    for node in nodes where !done.contains(node.output) && mayRun(node, done) {
      extend(order + [node.output], done.union([node.output]))
    }
  }
  extend([], [])
  return orders
}

/// The graph in a given order, with the buffers that the scheduler would give it.
private func scheduled(_ graph: Graph, _ order: [ValueID]) throws -> Schedule {
  let flow = try Dataflow(graph, results: graph.outputs.map(\.value))
  let numbers = order.map { flow.values.firstIndex(of: $0)! }
  let assignment = BufferAssignment(flow, order: numbers)
  return Schedule(
    graph: graph, order: order, buffers: assignment.buffers, bufferOf: assignment.bufferOf, scratch: assignment.scratch,
    results: graph.outputs.map(\.value), forwardCount: graph.values.count)
}

/// What trying every order of small graphs finds.
private struct ExhaustiveOrders: Equatable {
  var graphs = 0
  var orders = 0
  /// Sums over the graphs of the peak found, the least possible, and the bound.
  var found = 0
  var least = 0
  var bound = 0
  /// Graphs whose order is the best there is.
  var optimal = 0
}

@Test func tryingEveryOrderConfirmsTheBound() throws {
  var sum = ExhaustiveOrders()
  for seed in UInt64(0)..<150 {
    let graph = try smallGraph(seed: seed)
    let orders = everyOrder(graph)
    guard orders.count <= 2_000 else { continue }
    let own = try schedule(graph)
    #expect(orders.contains(own.order))
    let bounds = try own.lowerBounds()
    let peaks = try orders.map { order in
      let schedule = try scheduled(graph, order)
      try schedule.verify()
      // A bound for every order cannot depend on the one at hand.
      let other = try schedule.lowerBounds()
      #expect(other.order == bounds.order && other.operator == bounds.operator && other.schedule >= bounds.order)
      return other.schedule
    }
    let least = peaks.min()!
    #expect(bounds.operator <= bounds.order && bounds.order <= least && least <= bounds.schedule)
    sum.graphs += 1
    sum.orders += orders.count
    sum.found += bounds.schedule
    sum.least += least
    sum.bound += bounds.order
    sum.optimal += least == bounds.schedule ? 1 : 0
  }
  // The order found is the best one, which takes 6.4 % more than the bound.
  let expected = ExhaustiveOrders(
    graphs: 120, orders: 35_704, found: 985_920, least: 985_920, bound: 926_464, optimal: 120)
  #expect(sum == expected)
}

/// Whatever is not an order of the operations is found.
@Test func ordersThatAreNoneAreFound() throws {
  var wrong = 0
  for seed in UInt64(0)..<60 {
    let graph = try smallGraph(seed: seed)
    let good = Set(everyOrder(graph))
    var generator = SeededGenerator(seed: seed)
    let own = try schedule(graph)
    for _ in 0..<20 {
      var changed = own
      changed.order.shuffle(using: &generator)
      guard !good.contains(changed.order) else { continue }
      wrong += 1
      #expect(throws: ScheduleDefect.self, "\(changed.order)") { try changed.verify() }
    }
  }
  #expect(wrong > 300)
}

/// Steps of more than 2,000 operations, wide and with forks everywhere: the search ends, and what it gives is sound.
@Test(arguments: UInt64(0)..<3)
func largeStepsAreOrdered(seed: UInt64) throws {
  let graph = try RandomStep.training(seed: seed, size: 1400)
  let planned = try schedule(graph, effort: .search)
  #expect(planned.order.count > 1900)
  try planned.verify()
  let bounds = try planned.lowerBounds(control: 0)
  #expect(bounds.order <= bounds.schedule)
  #expect(try planned.peakBytes <= schedule(graph, effort: .rules).peakBytes)
}
