import IR
import Operators
import Passes
import Testing

/// x → a layer of the given name → a classifier of the given name.
private func network(_ first: String, _ last: String) throws -> Graph {
  var graph = Graph()
  func constant(_ name: String, _ shape: Int...) -> ValueID {
    graph.constant(name, Constant(TensorType(shape), floats: Array(repeating: 0.5, count: shape.reduce(1, *))))
  }
  let x = graph.input("x", TensorType(1, 1, 1, 3))
  let a = try graph.append(
    Conv(hasBias: true), [x, constant(first + ".weight", 4, 1, 1, 3), constant(first + ".bias", 4)])
  let y = try graph.append(
    Conv(hasBias: true), [a, constant(last + ".weight", 5, 1, 1, 4), constant(last + ".bias", 5)])
  graph.outputs.append(("y", y))
  return graph
}

@Test(arguments: [
  ("stem", "fc", [], "head"), ("head", "fc", [], "head_2"), ("stem", "head", [], "head"),
  ("head", "head_2", [], "head_2"), ("stem", "fc", ["head.bias"], "head_2"),
  ("stem", "fc", ["head.weight", "head_2.bias"], "head_3"),
])
func headsTakeTheFirstFreeName(first: String, last: String, taken: [String], name: String) throws {
  let (graph, head) = try network(first, last).replacingHead(classes: 7, seed: 1) { _ in Set(taken) }
  try graph.verify()
  #expect(head.name == name && head.replaces == last + ".weight")
  let weight = try #require(graph.value(named: name + ".weight"))
  #expect(graph.type(weight).shape == [7, 1, 1, 4] && graph.value(named: name + ".bias") != nil)
  // The values it starts from are those of the seed, whatever it is called.
  let (other, _) = try network("stem", "fc").replacingHead(classes: 7, seed: 1)
  let plain = try #require(other.value(named: "head.weight").flatMap(other.constant))
  #expect(graph.constant(weight)?.floats() == plain.floats())
}
