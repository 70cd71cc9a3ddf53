import IR
import Operators
import Support
import Testing

@Test(arguments: UInt64(0)..<50) func copyingEveryValueChangesNothing(seed: UInt64) throws {
  let graph = try randomGraph(nodes: 20, seed: seed)
  var rewriter = Rewriter(graph)
  for id in graph.ids {
    #expect(!rewriter.isMapped(id))
    #expect(try rewriter.copy(id) == id && rewriter[id] == id)
    #expect(rewriter.count(below: id.index + 1) == id.index + 1)
  }
  #expect(rewriter.finish().text(withData: true) == graph.text(withData: true))
}

@Test(arguments: UInt64(0)..<50) func pruningKeepsWhatOutputsNeedAndNoMore(seed: UInt64) throws {
  let graph = try randomGraph(nodes: 20, seed: seed)
  let pruned = try graph.pruned()
  try pruned.verify()
  #expect(try pruned.pruned().text(withData: true) == pruned.text(withData: true))
  func isInput(_ graph: Graph, _ id: ValueID) -> Bool {
    if case .input = graph[id].definition { true } else { false }
  }
  // Every value but inputs and outputs has a user.
  let used = Set(pruned.nodes.flatMap(\.inputs)).union(pruned.outputs.map(\.value))
  for id in pruned.ids where !isInput(pruned, id) { #expect(used.contains(id)) }
  #expect(pruned.ids.filter { isInput(pruned, $0) }.count == graph.ids.filter { isInput(graph, $0) }.count)
  #expect(pruned.outputs.map(\.name) == graph.outputs.map(\.name))
  for (old, new) in zip(graph.outputs, pruned.outputs) {
    #expect(expression(graph, old.value) == expression(pruned, new.value))
  }
}

/// A value written out down to names, whatever the numbers of its operands.
private func expression(_ graph: Graph, _ id: ValueID) -> String {
  guard let node = graph.node(id) else { return "\(graph[id].name): \(graph.type(id))" }
  return "\(type(of: node.op).name)\(node.op.attributes)" + "\(node.inputs.map { expression(graph, $0) })"
}

@Test func aReplacedValueReachesItsUsers() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(2))
  let y = try graph.append(Relu(), x)
  let z = try graph.append(Add(), y, x)
  graph.outputs = [("z", z)]
  var rewriter = Rewriter(graph)
  try rewriter.copy(x)
  rewriter[y] = rewriter[x]
  #expect(try rewriter.copy(z).index == 1)
  #expect(rewriter.count(below: 2) == 1 && rewriter.count(below: 3) == 2)
  let result = rewriter.finish()
  #expect(result.nodes[0].inputs == [ValueID(index: 0), ValueID(index: 0)])
  #expect(result.output("z") == ValueID(index: 1))
}

@Test func contentLooksThroughViews() throws {
  var graph = Graph()
  let x = graph.input("x", TensorType(2, 3))
  let flat = try graph.append(Reshape(shape: [6]), x)
  let back = try graph.append(Reshape(shape: [3, 2]), flat)
  let y = try graph.append(Relu(), back)
  #expect(graph.content(of: back) == x && graph.content(of: x) == x && graph.content(of: y) == y)
}
