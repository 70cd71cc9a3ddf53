import IR
import Operators
import Support
import Testing

@Test(arguments: UInt64(0)..<200)
func printingAndParsingGiveTheSameGraph(seed: UInt64) throws {
  let graph = try randomGraph(nodes: 12, seed: seed)
  let text = graph.text(withData: true)
  let read = try Graph(text: text, operators: registry)
  #expect(read.text(withData: true) == text)
  try read.verify()
  #expect(read.values.map(\.name) == graph.values.map(\.name))
  #expect(read.values.map(\.type) == graph.values.map(\.type))
  #expect(read.outputs.map(\.name) == graph.outputs.map(\.name))
  for id in graph.ids { #expect(read.constant(id)?.bytes() == graph.constant(id)?.bytes()) }
}

@Test(arguments: registry.keys.sorted())
func everySampleSurvivesTheTextForm(name: String) throws {
  for sample in registry[name]!.samples {
    var graph = Graph()
    let operands = sample.inputs.enumerated().map { graph.input("x\($0.offset)", $0.element) }
    try graph.append(sample.op, operands, name: "y")
    let read = try Graph(text: graph.text(), operators: registry)
    #expect(read.text() == graph.text())
    let node = try #require(read.nodes.first)
    #expect(node.op.attributes == sample.op.attributes && node.inputs == operands)
  }
}

@Test func constantsWithoutDataComeFromTheCaller() throws {
  let graph = try randomGraph(nodes: 8, seed: 5)
  var asked: [String] = []
  let read = try Graph(text: graph.text(), operators: registry) { name, _ in
    asked.append(name)
    return graph.value(named: name).flatMap(graph.constant)
  }
  #expect(read.text(withData: true) == graph.text(withData: true))
  #expect(asked == graph.ids.filter { graph.constant($0) != nil }.map { graph[$0].name })
}

@Test func quantizationIsPartOfTheType() throws {
  var graph = Graph()
  graph.input(
    "x", TensorType([2, 3], .i8, quantization: Quantization(scales: [0.1, 1e-9], zeroPoints: [-128, 3], axis: 0)))
  graph.input("y", TensorType([], .u8, quantization: Quantization(scales: [.infinity], zeroPoints: [.min])))
  let read = try Graph(text: graph.text(), operators: registry)
  #expect(read.values.map(\.type) == graph.values.map(\.type))
}

@Test func emptyTensorsHaveATextForm() throws {
  var graph = Graph()
  graph.constant("none", Constant(TensorType(0, 3), bytes: []))
  graph.constant("one", Constant(TensorType(), floats: [1]))
  let text = graph.text(withData: true)
  #expect(try Graph(text: text, operators: registry).text(withData: true) == text)
}

@Test func kindsAreReadBackWhateverValuesAreCalled() throws {
  var graph = Graph()
  let kinds: [ValueKind] =
    [.tensor, .weight, .label, .state(of: "a\"(b"), .range(of: ""), .lossState, .gradient(of: "x, y")]
    + ScaleUse.allCases.map { .scale($0, of: "w) : f32[1]") }
  for (index, kind) in kinds.enumerated() {
    switch index % 3 {
    case 0: graph.input("label \(index)", TensorType(2), kind: kind)
    case 1: graph.constant("state(\(index))", Constant(TensorType(2), floats: [1, 2]), kind: kind)
    default: graph.variable("weight\(index)", Constant(TensorType(2), floats: [3, 4]), kind: kind)
    }
    try graph.append(Relu(), ValueID(index: 0), name: index % 2 == 0 ? "" : "gradient", kind: kind)
  }
  let text = graph.text(withData: true)
  let read = try Graph(text: text, operators: registry)
  #expect(read.values.map(\.kind) == graph.values.map(\.kind) && read.text(withData: true) == text)
  for kind in kinds where kind != .tensor { #expect(text.contains(" \(kind) : f32[2]")) }
  #expect(throws: TextError.self) { try Graph(text: "%0 = input \"x\" weights : f32[1]\n", operators: registry) }
}

@Test func unusedNamesAreNobodys() {
  var graph = Graph()
  for _ in 0..<3 { graph.input(graph.unused("x"), TensorType(1)) }
  #expect(graph.values.map(\.name) == ["x", "x.2", "x.3"])
}
