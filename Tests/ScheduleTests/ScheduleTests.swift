import IR
import Memory
import Operators
import Schedule
import Support
import Testing

/// Schedules of 10,000 random steps are sound, placed without overlap, and no bound is above what it bounds.
@Test(arguments: UInt64(0)..<100)
func randomStepsAreScheduledAndPlaced(part: UInt64) throws {
  for seed in part * 100..<part * 100 + 100 {
    let graph = try RandomStep.training(seed: seed, size: 8 + Int(seed) % 60)
    // The search takes its time, and is done for some of them.
    let effort: OrderEffort = seed % 50 == 0 ? .search : .rules
    let planned = try schedule(graph, forwardCount: graph.values.count / 2, effort: effort)
    try planned.verify()
    let plan = try place([planned], control: 64)
    try plan.check([planned])
    let bounds = try planned.lowerBounds(control: 64)
    #expect(bounds.operator <= bounds.order && bounds.order <= bounds.schedule && bounds.schedule <= plan.arenaBytes)
    #expect(bounds.schedule == plan.persistentBytes + plan.controlBytes + (planned.liveBytes().max() ?? 0))
    guard seed % 100 == 0 else { continue }
    #expect(try schedule(graph).order == planned.order)
    #expect(try place([planned], control: 64).programs == plan.programs)
  }
}

@Test func updatesFollowTheirGradientAtOnce() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(8))
  var updates: [(gradient: ValueID, update: ValueID)] = []
  var y = x
  for index in 0..<6 {
    let w = graph.variable("w\(index)", Constant(TensorType(8), floats: Array(repeating: 1, count: 8)))
    y = try graph.append(Mul(), y, w)
    let gradient = try graph.append(Tanh(), y)
    updates.append((gradient, try graph.append(SGD(), w, gradient)))
  }
  graph.outputs = [("y", y)]
  let order = try schedule(graph).order
  for (gradient, update) in updates {
    #expect(order.firstIndex(of: update) == order.firstIndex(of: gradient)! + 1)
  }
}

@Test func aMaskFollowsWhatItKeepsAtOnce() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(64))
  let a = try graph.append(Affine(alpha: 2), x)
  let b = try graph.append(Affine(alpha: 3), a)
  let c = try graph.append(Expand(shape: [9, 64]), b)
  let mask = try graph.append(BitMask(low: 0, high: 1), a)
  let gradient = try graph.append(MaskGrad(slope: 0), try graph.append(Reduce(axes: [0], keepDims: false), c), mask)
  graph.outputs = [("g", gradient)]
  let planned = try schedule(graph)
  #expect(planned.order.firstIndex(of: mask) == planned.order.firstIndex(of: a)! + 1)
  #expect(planned.bufferOf[b] == planned.bufferOf[a])
}

private func weight(_ graph: inout Graph) -> ValueID {
  graph.variable("w", Constant(TensorType(4), floats: [1, 2, 3, 4]))
}

@Test func whatCannotBeScheduledSaysWhy() throws {
  func error(_ build: (inout Graph) throws -> ValueID) throws -> (ScheduleError?, ValueID) {
    var graph = Graph()
    let culprit = try build(&graph)
    return (#expect(throws: ScheduleError.self) { try schedule(graph) }, culprit)
  }
  var (found, at) = try error { graph in
    let g = graph.input("g", TensorType(4))
    return try graph.append(SGD(), graph.constant("c", Constant(TensorType(4), floats: [1, 2, 3, 4])), g)
  }
  #expect(found == .overwritesConstant(at))
  (found, at) = try error { graph in
    let (w, g) = (weight(&graph), graph.input("g", TensorType(4)))
    try graph.append(SGD(), w, g)
    return try graph.append(SGD(), w, g)
  }
  #expect(found == .overwritesTwice(at))
  (found, at) = try error { graph in
    let w = weight(&graph)
    graph.outputs = [("w", w)]
    return try graph.append(SGD(), w, graph.input("g", TensorType(4)))
  }
  #expect(found == .overwritesResult(at))
  (found, at) = try error { graph in
    let w = weight(&graph)
    let new = try graph.append(SGD(), w, graph.input("g", TensorType(4)))
    try graph.append(Add(), new, w)  // reads both the old and the new
    return new
  }
  #expect(found == .cycle(at))
  (found, at) = try error { graph in
    let w = weight(&graph)
    return try graph.append(SGD(), w, graph.append(Reshape(shape: [4]), w))  // would read what it writes
  }
  #expect(found == .overwritesOperand(at))
}

@Test func anEmptyGraphHasAnEmptySchedule() throws {
  let planned = try schedule(Graph())
  try planned.verify()
  #expect(planned.order.isEmpty && planned.steps == 1)
  #expect(try place([planned]).arenaBytes == 0)
}

/// A graph without operations keeps its input for the outside.
@Test func anInputCanBeAResult() throws {
  var graph = Graph()
  graph.outputs = [("x", graph.input("x", TensorType(5)))]
  let planned = try schedule(graph)
  try planned.verify()
  let plan = try place([planned])
  try plan.check([planned])
  #expect(plan.arenaBytes == 32)
}
