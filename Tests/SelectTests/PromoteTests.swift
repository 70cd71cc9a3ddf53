import IR
import Operators
import Testing

@testable import Select

extension UpdatePolicy.Entry {
  fileprivate static func region(of name: String) -> Self { Self(match: name, train: .region, ratio: 0.5) }
  fileprivate static func scale(of name: String) -> Self { Self(match: name, train: .scale) }
}

private func promote(_ layers: [UpdatePolicy.Entry], _ graph: Graph) throws -> (
  graph: Graph, promoted: [TrainableVariable]
) {
  try graph.promoting(UpdatePolicy(layers: layers).resolve(in: graph))
}

@Test func selectedConstantsBecomeVariablesAndNothingElseChanges() throws {
  let before = try smallNetwork()
  let (after, promoted) = try promote([.init(match: "head.weight", train: .full)], before)
  try after.verify()
  #expect(promoted.map(\.name) == ["head.weight", "head.bias"])
  #expect(promoted.map(\.value) == after.ids.filter { after.isVariable($0) })
  #expect(promoted.allSatisfy { after[$0.value].name == $0.name && $0.region == nil })
  let text = after.text(withData: true)
  let frozen = text.replacing("variable", with: "constant").replacing("\" weight :", with: "\" :")
  #expect(frozen == before.text(withData: true))
}

@Test(arguments: [("features.0.weight", [1, 3]), ("features.2.weight", [2, 7]), ("head.weight", [0, 4])])
func aRegionIsAVariableOfItsOwn(name: String, channels: [Int]) throws {
  let before = try smallNetwork()
  let entry = UpdatePolicy.Entry(match: name, train: .region, inputChannels: channels, bias: false)
  let (after, promoted) = try promote([entry], before)
  try after.verify()
  let region = channels[0]..<channels[1]
  #expect(promoted.map(\.name) == [name] && promoted[0].region == WeightRegion(region))
  let variable = promoted[0].value
  #expect(after[variable].name == name + ".region" && after.isVariable(variable))
  let weight = try #require(after.value(named: name))
  #expect(after.isConstant(weight))
  let whole = try #require(after.constant(weight)).floats()
  let last = after.type(weight).shape[3]
  let expected = whole.indices.filter { region.contains($0 % last) }.map { whole[$0] }
  #expect(try #require(after.constant(variable)).floats() == expected)
  let user = try #require(after.nodes.first { $0.inputs.contains(weight) })
  #expect(user.inputs.last == variable)
  #expect(after.outputs.count == 1 && after.nodes.count == before.nodes.count)
}

@Test func rowsAreAVariableOfTheirOwn() throws {
  let before = try smallNetwork()
  let entry = UpdatePolicy.Entry(
    match: "head.weight", train: .region, inputChannels: [2, 4], rows: [1, 4], bias: false)
  let (after, promoted) = try promote([entry], before)
  try after.verify()
  let whole = try #require(before.value(named: "head.weight").flatMap(before.constant)).floats()
  let variable = try #require(after.constant(promoted[0].value))
  #expect(variable.type.shape == [3, 1, 1, 2])
  #expect(variable.floats() == [10, 11, 18, 19, 26, 27].map { whole[$0] })
}

@Test(arguments: [("features.0.weight", 8), ("features.2.weight", 8), ("head.weight", 5)])
func aScaleIsAFactorForEachOutput(name: String, outputs: Int) throws {
  let before = try smallNetwork()
  let (after, promoted) = try promote([.init(match: name, train: .scale)], before)
  try after.verify()
  #expect(promoted.map(\.name) == [name + ".scale"] && promoted[0].region == nil)
  let factors = try #require(after.constant(promoted[0].value)).floats()
  #expect(factors == Array(repeating: 1, count: outputs))
  let weight = try #require(before.value(named: name))
  let layer = try #require(before.nodes.first { $0.inputs.contains(weight) })
  let scaled = try #require(after.nodes.first { $0.inputs.contains(promoted[0].value) })
  #expect(scaled.op is ChannelScale && after[scaled.output].name == before[layer.output].name)
  #expect(after.nodes.count == before.nodes.count + 1)
}

@Test(arguments: [UpdatePolicy.Entry.region(of: "features.0.weight"), .scale(of: "features.0.weight")])
func aPartOfASharedWeightIsRefused(entry: UpdatePolicy.Entry) throws {
  var graph = try smallNetwork()
  let weight = try #require(graph.value(named: "features.0.weight"))
  let bias = try #require(graph.value(named: "features.0.bias"))
  let x = try #require(graph.value(named: "x"))
  try graph.append(Conv(Sliding(pads: [1, 1, 1, 1]), hasBias: true), x, weight, bias)
  #expect(throws: PolicyError.shared(tensor: "features.0.weight")) { try promote([entry], graph) }
}

@Test func aSharedWeightIsPromotedOnce() throws {
  var graph = try smallNetwork()
  let weight = try #require(graph.value(named: "features.0.weight"))
  let bias = try #require(graph.value(named: "features.0.bias"))
  let x = try #require(graph.value(named: "x"))
  try graph.append(Conv(Sliding(pads: [1, 1, 1, 1]), hasBias: true), x, weight, bias)
  let (after, promoted) = try promote([.init(match: "features.0.weight", train: .full)], graph)
  #expect(promoted.count == 2)
  #expect(after.nodes.filter { $0.inputs.contains(promoted[0].value) }.count == 2)
}
