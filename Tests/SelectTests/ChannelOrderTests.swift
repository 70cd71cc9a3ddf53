import Evaluate
import IR
import Operators
import Testing

@testable import Select

/// conv → depthwise → conv with a residual sum, and a head behind a mean.
private func residual() throws -> Graph {
  var graph = Graph()
  var generator = SeededGenerator(seed: 4)
  func constant(_ name: String, _ shape: Int...) -> ValueID {
    let type = TensorType(shape)
    return graph.constant(name, Constant(type, floats: (0..<type.count).map { _ in generator.uniform(1) }))
  }
  let same = Sliding(pads: [1, 1, 1, 1])
  let x = graph.input("x", TensorType(1, 4, 4, 3))
  let stem = try graph.append(Conv(same, hasBias: true), x, constant("stem", 4, 3, 3, 3), constant("stem.bias", 4))
  let wide = try graph.append(Relu(), graph.append(Conv(), stem, constant("expand", 6, 1, 1, 4)))
  let deep = try graph.append(
    DepthwiseConv(same, hasBias: true), wide, constant("deep", 1, 3, 3, 6), constant("deep.bias", 6))
  let narrow = try graph.append(Conv(), deep, constant("project", 4, 1, 1, 6))
  let sum = try graph.append(Add(), stem, narrow)
  let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 16), sum)
  let head = try graph.append(Conv(hasBias: true), mean, constant("head", 5, 1, 1, 4), constant("head.bias", 5))
  graph.outputs = [("logits", try graph.append(Reshape(shape: [1, 5]), head))]
  return graph
}

/// The network's only output.
private func result(_ graph: Graph, _ input: [Float]) throws -> [Float] {
  let all = try Evaluator().evaluate(graph, inputs: [graph.inputs[0]: input.withUnsafeBytes { [UInt8]($0) }])
  let bytes = try #require(all[graph.outputs[0].value])
  return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

private func axis(_ graph: Graph, _ name: String, _ axis: Int) throws -> ValueAxis {
  ValueAxis(try #require(graph.value(named: name)), axis)
}

@Test func whatSharesChannelsSharesTheirOrder() throws {
  let graph = try residual()
  let groups = ChannelGroups(graph)
  let inner = try groups.group(axis(graph, "expand", 0))
  #expect(inner != nil)
  for (name, at) in [("deep", 3), ("deep.bias", 0), ("project", 3)] {
    #expect(try groups.group(axis(graph, name, at)) == inner)
  }
  let outer = try groups.group(axis(graph, "stem", 0))
  #expect(outer != nil && outer != inner)
  for (name, at) in [("stem.bias", 0), ("expand", 3), ("project", 0), ("head", 3)] {
    #expect(try groups.group(axis(graph, name, at)) == outer)
  }
  // The picture's channels come as they come, and the classes have their numbers.
  #expect(try groups.group(axis(graph, "stem", 3)) == nil)
  #expect(try groups.group(axis(graph, "head", 0)) == nil)
}

@Test(arguments: ["expand", "project", "deep", "head"]) func reorderedNetworksGiveTheSame(name: String) throws {
  let graph = try residual()
  let layer = UpdatePolicy.Entry(match: name, train: .region, ratio: 0.5, select: "norm")
  let reordering = try #require(try UpdatePolicy(layers: [layer]).reordering(of: graph))
  let (reordered, orders) = try reordering.applied(to: graph)
  try reordered.verify()
  #expect(orders[name] != nil)
  let input = (0..<48).map { Float($0 % 7) - 3 }
  let (before, after) = (try result(graph, input), try result(reordered, input))
  for (a, b) in zip(before, after) { #expect(abs(a - b) < 1e-3) }
  // The channels with the largest weights come first.
  let (own, moved) = (try #require(graph.value(named: name)), try #require(reordered.value(named: name)))
  let norms = reordered.channelNorms(moved)
  #expect(norms == norms.sorted(by: >) && norms != graph.channelNorms(own))
  // Back in their own order they are what they were.
  let weight = try #require(reordered.constant(moved))
  var restored = weight.floats()
  for (index, source) in sourceIndices(weight.type.shape, try #require(orders[name])).enumerated() {
    restored[source] = weight.floats()[index]
  }
  #expect(restored == graph.constant(own)?.floats())
}

@Test func namedChannelsComeFirst() throws {
  let graph = try residual()
  let entry = UpdatePolicy.Entry(match: "project", train: .region, channels: [5, 1, 2])
  let policy = UpdatePolicy(layers: [entry])
  let reordering = try #require(try policy.reordering(of: graph))
  let weight = try #require(graph.value(named: "project"))
  #expect(reordering.orders(of: weight, rank: 4)[3] == [1, 2, 5, 0, 3, 4])
  #expect(try policy.resolve(in: graph).regions[weight] == WeightRegion(0..<3))
}

@Test func ordersThatCannotBeAreRefused() throws {
  let graph = try residual()
  func reason(_ layers: UpdatePolicy.Entry...) throws -> String {
    let error = #expect(throws: PolicyError.self) { _ = try UpdatePolicy(layers: layers).reordering(of: graph) }
    guard case .badRegion(_, let reason)? = error else { return "\(String(describing: error))" }
    return reason
  }
  #expect(try reason(.init(match: "stem", train: .region, channels: [1])).contains("cannot be reordered"))
  #expect(
    try reason(
      .init(match: "deep", train: .region, channels: [0, 1]), .init(match: "project", train: .region, channels: [2, 3])
    ).contains("name nested ones"))
  #expect(
    try reason(
      .init(match: "deep", train: .region, channels: [4]),
      .init(match: "project", train: .region, inputChannels: [0, 2])
    ).contains("choose here, too"))
  // Rows that are none, and rows among which another layer chooses.
  let chosen = UpdatePolicy.Entry(match: "project", train: .region, channels: [4])
  for rows in [[3, 2], [-1, 2], [1]] {
    let entry = UpdatePolicy.Entry(match: "expand", train: .region, rows: rows)
    #expect(try reason(chosen, entry).contains("rows must be [first, end] within 0 to 6"))
  }
  #expect(try reason(chosen, .init(match: "expand", train: .region, rows: [0, 2])).contains("these rows write"))
  #expect(try reason(.init(match: "deep", train: .region, channels: [0, 6])).contains("from 0 to 5"))
  #expect(try reason(.init(match: "deep", train: .region, channels: [0, 0])).contains("different numbers"))
  #expect(
    try UpdatePolicy(layers: [.init(match: "deep", train: .region, ratio: 0.5)]).reordering(of: graph) == nil)
}
