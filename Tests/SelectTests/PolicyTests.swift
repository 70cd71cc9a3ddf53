import IR
import Testing

@testable import Select

private func trained(_ policy: UpdatePolicy) throws -> [String] {
  let graph = try smallNetwork()
  let selection = try policy.resolve(in: graph)
  return graph.names(Array(selection.full) + Array(selection.regions.keys))
}

private let biases = ["features.0.bias", "features.1.bias", "features.2.bias", "head.bias"]

@Test(arguments: [
  ("head", ["head.bias", "head.weight"]), ("bias", biases + ["head.weight"]),
  ("last-1", ["head.bias", "head.weight"]),
  ("part-1-of-2", ["head.bias", "head.weight"]),
  ("part-2-of-2", biases + ["features.0.weight", "features.1.weight", "features.2.weight", "head.weight"]),
  ("part-2-of-3", ["features.2.bias", "features.2.weight", "head.bias", "head.weight"]),
  ("last-2", ["features.2.bias", "features.2.weight", "head.bias", "head.weight"]),
  ("last-3", biases + ["features.0.weight", "features.1.weight", "features.2.weight", "head.weight"]),
  ("full", biases + ["features.0.weight", "features.1.weight", "features.2.weight", "head.weight"]),
])
func presetsTrainWhatTheirNameSays(name: String, tensors: [String]) throws {
  let policy = try UpdatePolicy.preset(name, for: smallNetwork())
  #expect(try trained(policy) == tensors.sorted())
  #expect(try UpdatePolicy(json: policy.json()) == policy)
}

@Test func someTrainWhatOnlySomeNetworksHave() throws {
  #expect(
    try trained(.preset("scale", for: smallNetwork()))
      == ["features.1.bias", "features.1.weight", "head.bias", "head.weight"])
  #expect(throws: PolicyError.lacks(preset: "attention", what: "attention")) {
    try UpdatePolicy.preset("attention", for: smallNetwork())
  }
  let policy = try UpdatePolicy.preset("attention", for: attentionNetwork())
  #expect(policy.layers.map(\.match) == ["query", "key", "value", "out", "head"])
  // Without normalizations, weights have scales.
  let scales = try UpdatePolicy.preset("scale", for: attentionNetwork())
  #expect(scales.layers.map(\.train) == Array(repeating: .scale, count: 6) + [.full])
  #expect(scales.layers.map(\.match) == ["embed", "query", "key", "value", "out", "hidden", "head"])
}

@Test func halfIsDrawnByItsSeed() throws {
  let graph = try attentionNetwork()
  let draws = try (0..<20).map { try UpdatePolicy.preset("half:\($0)", for: graph).layers.map(\.match) }
  #expect(try UpdatePolicy.preset("half:3", for: graph).layers.map(\.match) == draws[3])
  #expect(draws.allSatisfy { $0.count == 4 && $0.last == "head" } && Set(draws).count > 5)
  #expect(Set(draws.joined()) == ["embed", "query", "key", "value", "out", "hidden", "head"])
}

@Test(arguments: [
  "", "half:", "half:x", "last", "last-", "last-0", "last--1", "last-x", "part-0-of-2", "part-3-of-2", "part-1", "Full",
])
func otherNamesAreNoPresets(name: String) {
  #expect(throws: PolicyError.unknownPreset(name)) { try UpdatePolicy.preset(name, for: smallNetwork()) }
}

@Test func aNetworkWithoutWeightsHasNothingToTrain() throws {
  var graph = Graph()
  graph.input("x", TensorType(2))
  #expect(throws: PolicyError.noLayer) { try UpdatePolicy.preset("full", for: graph) }
  #expect(throws: PolicyError.noLayer) { try UpdatePolicy(default: .full, layers: []).resolve(in: graph) }
  #expect(throws: PolicyError.nothingTrained) { try UpdatePolicy(layers: []).resolve(in: smallNetwork()) }
}

@Test func theLastEntryThatMatchesDecides() throws {
  let all = UpdatePolicy.Entry(match: "*", train: .full)
  let frozen = UpdatePolicy.Entry(match: "features.*", train: .frozen)
  let bias = UpdatePolicy.Entry(match: "features.2.weight", train: .bias)
  #expect(try trained(UpdatePolicy(layers: [all, frozen, bias])) == ["features.2.bias", "head.bias", "head.weight"])
  #expect(try trained(UpdatePolicy(layers: [bias, frozen, all])) == trained(UpdatePolicy(default: .full, layers: [])))
}

@Test func biasIsDecidedApart() throws {
  func entry(_ train: UpdatePolicy.Train, _ match: String, bias: Bool?) throws -> [String] {
    try trained(UpdatePolicy(layers: [.init(match: match, train: train, bias: bias)]))
  }
  #expect(try entry(.full, "head.*", bias: false) == ["head.weight"])
  #expect(try entry(.frozen, "head.*", bias: true) == ["head.bias"])
  #expect(try entry(.scale, "features.1.*", bias: nil) == ["features.1.weight"])
  #expect(try entry(.scale, "features.1.*", bias: true) == ["features.1.bias", "features.1.weight"])
}

@Test func anEntryThatMatchesNothingNamesTheNearest() {
  let policy = UpdatePolicy(layers: [.init(match: "feature.0.weight", train: .full)])
  let nearest = ["features.0.weight", "features.1.weight", "features.2.weight"]
  #expect(throws: PolicyError.matchesNothing(glob: "feature.0.weight", nearest: nearest)) {
    try policy.resolve(in: smallNetwork())
  }
}

@Test(arguments: [
  (0.5, 0..<4), (0.43, 0..<3), (0.4375, 0..<4), (0.01, 0..<1), (0.99, 0..<8), (1.0, 0..<8),
])
func aRatioIsRoundedToChannels(ratio: Double, region: Range<Int>) throws {
  let graph = try smallNetwork()
  let policy = UpdatePolicy(layers: [.init(match: "head.weight", train: .region, ratio: ratio)])
  let selection = try policy.resolve(in: graph)
  let weight = try #require(graph.value(named: "head.weight"))
  #expect(selection.regions[weight] == (region.count == 8 ? nil : WeightRegion(region)))
  #expect(selection.full.contains(weight) == (region.count == 8))
}

@Test(arguments: [[0, 0], [3, 2], [-1, 2], [0, 9], [1], [1, 2, 3], []]) func wrongChannelsAreRefused(channels: [Int]) {
  let policy = UpdatePolicy(layers: [.init(match: "head.weight", train: .region, inputChannels: channels)])
  let reason = "input_channels must be [first, end] within 0 to 8"
  #expect(throws: PolicyError.badRegion(tensor: "head.weight", reason: reason)) {
    try policy.resolve(in: smallNetwork())
  }
}

@Test(arguments: [[0, 0], [3, 2], [-1, 2], [0, 6], [1], []]) func wrongRowsAreRefused(rows: [Int]) {
  let policy = UpdatePolicy(layers: [.init(match: "head.weight", train: .region, rows: rows)])
  let reason = "rows must be [first, end] within 0 to 5"
  #expect(throws: PolicyError.badRegion(tensor: "head.weight", reason: reason)) {
    try policy.resolve(in: smallNetwork())
  }
}

@Test func rowsAreOfAllChannelsOrABlock() throws {
  let graph = try smallNetwork()
  let weight = try #require(graph.value(named: "head.weight"))
  func region(_ entry: UpdatePolicy.Entry) throws -> WeightRegion? {
    try UpdatePolicy(layers: [entry]).resolve(in: graph).regions[weight]
  }
  func entry(rows: [Int], ratio: Double? = nil) -> UpdatePolicy.Entry {
    .init(match: "head.weight", train: .region, rows: rows, ratio: ratio)
  }
  #expect(try region(entry(rows: [1, 3])) == WeightRegion(0..<8, rows: 1..<3))
  #expect(try region(entry(rows: [1, 3], ratio: 0.5)) == WeightRegion(0..<4, rows: 1..<3))
  // All rows are a region of channels, and all of both the whole weight.
  #expect(try region(entry(rows: [0, 5], ratio: 0.5)) == WeightRegion(0..<4))
  #expect(try region(entry(rows: [0, 5])) == nil)
  let depthwise = UpdatePolicy(layers: [.init(match: "features.2.weight", train: .region, rows: [0, 1])])
  #expect(throws: PolicyError.self) { try depthwise.resolve(in: graph) }
}

@Test(arguments: [0, -0.5, 1.01, .nan, .infinity]) func wrongRatiosAreRefused(ratio: Double) {
  let policy = UpdatePolicy(layers: [.init(match: "head.weight", train: .region, ratio: ratio)])
  #expect(throws: PolicyError.self) { try policy.resolve(in: smallNetwork()) }
}

@Test func whatALayerHasNotGotIsRefused() throws {
  func error(_ entry: UpdatePolicy.Entry) throws -> PolicyError? {
    #expect(throws: PolicyError.self) { try UpdatePolicy(layers: [entry]).resolve(in: smallNetwork()) }
  }
  #expect(
    try error(.init(match: "features.1.weight", train: .region, ratio: 0.5))
      == .unsupported(tensor: "features.1.weight", train: .region))
  let luck = UpdatePolicy(layers: [.init(match: "head.weight", train: .region, ratio: 0.5, select: "luck")])
  #expect(throws: PolicyError.unknownScore(tensor: "head.weight", name: "luck")) {
    try luck.reordering(of: smallNetwork())
  }
  let either = "give one of input_channels, ratio and channels"
  #expect(
    try error(.init(match: "head.weight", train: .region)) == .badRegion(tensor: "head.weight", reason: either))
  #expect(
    try error(.init(match: "head.weight", train: .region, inputChannels: [0, 1], ratio: 0.5))
      == .badRegion(tensor: "head.weight", reason: either))
}
