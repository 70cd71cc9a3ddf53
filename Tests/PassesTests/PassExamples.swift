import Differentiate
import IR
import Operators
import Passes
import Select
import Testing
import Trace

extension PassExample {
  static let all: [PassExample] = networks + steps + codecs.indices.map(encoding)

  private static let networks: [PassExample] = [
    .network("fusingActivations", "x * sigmoid(x) is one operator, which keeps one value for backward.", gated) {
      try $0.fusingActivations()
    },
    .network("endingInLogits", "A softmax at the end goes: the loss has one of its own.", classifier) {
      try $0.endingInLogits(strippingProbabilities: true).graph
    },
    .network("withOnlyOutput", "Of several results the one that is trained stays, with what it needs.", twoResults) {
      try $0.withOnlyOutput("logits")
    },
    .network("replacingHead", "A new, seeded classifier with two outputs takes the place of the last layer.", dense) {
      try $0.replacingHead(classes: 2, seed: 1).graph
    },
    .network("dequantized", "The float form of integers: real weights, and roundings that only clip.", integers) {
      try $0.dequantized()
    },
    .network("withFloatClassifier", "The last layer computes in float, and trains there.", integerClassifier) {
      try $0.withFloatClassifier()
    },
    .network("fusingIntegerLayers", "What lies between Dequantize and Quantize is one integer layer.", integers) {
      try $0.fusingIntegerLayers()
    },
    .network("takingIntegers", "The input comes as int8 where rounding it is all that is done with it.", integers) {
      try $0.takingIntegers()
    },
    .network("reusingWindows", "A depthwise layer writes over what it reads, where nobody reads it later.", depthwise) {
      try $0.reusingWindows()
    },
    .network("patched", "The first layer is computed in four patches, each with the border that it reads.", pictures) {
      let blocks = try #require(PatchableBlocks.all(in: $0).first)
      return try #require(try $0.patched(blocks, PatchGrid(rows: 2, columns: 2))).graph
    },
  ]

  private static let steps: [PassExample] = [
    .step("maskingActivations", about: "Backward of a ReLU reads one bit for each element, not the activation.", biases)
    {
      try $0.maskingActivations()
    },
    .step(
      "formattingGradients", about: "Gradients of integer layers are int8 under scales that are known beforehand.",
      integerStep
    ) { try $0.formattingGradients { _ in .q8 } },
    .step(
      "fusingUpdates", about: "A gradient that only the update reads is never whole: both are one operation.",
      formattedStep
    ) { try $0.fusingUpdates() },
    .step(
      "updatingEarly",
      about: "A weight is updated first, from a copy of which the gradient of the layer's input is computed.",
      fusedStep
    ) {
      let sites = $0.earlyUpdates
      try #require(!sites.isEmpty)
      return try $0.updatingEarly(sites)
    },
    .step("paging", about: "A value that backward reads waits in a file.", floatStep) {
      let values = $0.pageable(withState: false)
      return try $0.paging([try #require(values.first)]).step
    },
    .step("recomputing", about: "Backward computes an activation a second time instead of having it kept.", floatStep) {
      try $0.recomputing(Set(ForwardSegments($0).segments[0].saved), from: [])
    },
  ]

  /// From the most exact codec on, as `savedTensorCodecs` has them.
  private static let codecs = [
    ("8-bits", "The gradient of a weight reads the layer's input in 8 bits."),
    ("4-bits", "The gradient of a weight reads the layer's input in 4 bits, rounded at random."),
    ("segments", "Backward of a swish reads which segment of its curve each element was in."),
    ("rows", "The gradient of a weight reads a quarter of the rows, the likelier the larger."),
    ("projection", "The gradient of a weight reads random sums of rows."),
  ]

  private static func encoding(_ index: Int) -> PassExample {
    let (name, about) = codecs[index]
    return .step("encoding", "encoding-" + name, about: about, name == "segments" ? swishStep : floatStep) {
      try $0.encoding([try #require($0.sites(savedTensorCodecs[index]).first)], seed: 1)
    }
  }
}

// The graphs, as small as shows something.

@Sendable private func gated() throws -> Graph {
  try trace([2, 3], seed: 1) { x in x * x.applying(Sigmoid()) }
}

@Sendable private func classifier() throws -> Graph {
  try trace([2, 3], seed: 1) { x in x.dense("classifier", outputs: 4).applying(Softmax(axis: 1)) }
}

@Sendable private func twoResults() throws -> Graph {
  var graph = try dense()
  let hidden = try #require(graph.nodes.first).output
  graph.outputs.insert(("embedding", try graph.append(Relu(), hidden)), at: 0)
  return graph
}

@Sendable private func dense() throws -> Graph {
  try trace([2, 3], seed: 1) { x in x.dense("hidden", outputs: 4).relu().dense("classifier", outputs: 5) }
}

/// A depthwise layer in integers over a value that nobody else reads.
@Sendable private func depthwise() throws -> Graph {
  var graph = Graph()
  let x = try graph.rounded(graph.input("x", TensorType(1, 8, 8, 4)), 0.05, "x.integers")
  let weight = try graph.integers("depthwise.weight", [1, 3, 3, 4], .i8, scale: 0.01)
  let y = try graph.append(DepthwiseConv(Sliding(pads: [1, 1, 1, 1])), x, weight, name: "depthwise")
  let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 64), graph.rounded(y, 0.04, "result"), name: "mean")
  graph.outputs = [("logits", mean)]
  return try graph.fusingIntegerLayers()
}

@Sendable private func pictures() throws -> Graph {
  try trace([1, 8, 8, 2], seed: 1) { x in x.conv("stem", outputs: 3, kernel: 3, padding: 1).globalAverage() }
}

/// A network with constants in float, of which everything or the biases are trained.
private func step(_ graph: Graph, isFull: Bool = true) throws -> TrainingGraph {
  try graph.derived(.preset(isFull ? "full" : "bias", for: graph), loss: .crossEntropy(labelSmoothing: 0)).training
}

@Sendable private func biases() throws -> TrainingGraph {
  try step(
    trace([1, 4, 4, 2], seed: 1) { x in
      x.conv("first", outputs: 3, kernel: 1).relu().conv("second", outputs: 3, kernel: 1).globalAverage()
        .dense("classifier", outputs: 2)
    }, isFull: false)
}

@Sendable private func floatStep() throws -> TrainingGraph {
  try step(
    trace([4, 16, 16, 2], seed: 1) { x in
      x.conv("first", outputs: 8, kernel: 1).conv("second", outputs: 8, kernel: 1).globalAverage()
        .dense("classifier", outputs: 2)
    })
}

@Sendable private func swishStep() throws -> TrainingGraph {
  try step(
    trace([4, 16, 16, 2], seed: 1) { x in
      x.conv("first", outputs: 8, kernel: 1).swish().globalAverage().dense("classifier", outputs: 2)
    })
}

/// A layer with integer weights between roundings, as QDQ files have it.
@Sendable private func integers() throws -> Graph { try integerNetwork(endsInIntegers: false) }

@Sendable private func integerClassifier() throws -> Graph { try integerNetwork(endsInIntegers: true) }

private func integerNetwork(endsInIntegers: Bool) throws -> Graph {
  var graph = Graph()
  func layer(_ x: ValueID, _ name: String, _ shape: [Int], inputScale: Float) throws -> ValueID {
    let weight = try graph.integers(name + ".weight", shape, .i8, scale: 0.01)
    let bias = try graph.integers(name + ".bias", [shape[0]], .i32, scale: 0.01 * inputScale)
    return try graph.append(Conv(Sliding(), hasBias: true), x, weight, bias, name: name)
  }
  let x = try graph.rounded(graph.input("x", TensorType(2, 8, 8, 4)), 0.05, "x.integers")
  let hidden = try graph.append(Relu(), layer(x, "first", [6, 1, 1, 4], inputScale: 0.05), name: "relu")
  let deep = try layer(graph.rounded(hidden, 0.04, "hidden"), "second", [6, 1, 1, 6], inputScale: 0.04)
  let mean = try graph.append(
    Reduce(axes: [1, 2], scale: 1.0 / 64), graph.rounded(deep, 0.03, "deep"), name: "mean")
  let features = try graph.append(Reshape(shape: [2, 1, 1, 6]), graph.rounded(mean, 0.03, "features"))
  var result: ValueID
  if endsInIntegers {
    result = try graph.rounded(layer(features, "classifier", [3, 1, 1, 6], inputScale: 0.03), 0.1, "result")
  } else {
    let weight = graph.constant(
      "classifier.weight", Constant(TensorType(3, 1, 1, 6), floats: [Float](repeating: 0.1, count: 18)))
    result = try graph.append(Conv(Sliding()), features, weight, name: "classifier")
  }
  result = try graph.append(Reshape(shape: [2, 3]), result)
  graph.outputs = [("logits", result)]
  return graph
}

@Sendable private func integerStep() throws -> TrainingGraph {
  let graph = try integers().fusingIntegerLayers().takingIntegers()
  return try step(graph).maskingActivations()
}

@Sendable private func formattedStep() throws -> TrainingGraph { try integerStep().formattingGradients { _ in .q8 } }

@Sendable private func fusedStep() throws -> TrainingGraph { try formattedStep().fusingUpdates() }

extension Graph {
  /// A value rounded to integers and back.
  fileprivate mutating func rounded(_ x: ValueID, _ scale: Float, _ name: String) throws -> ValueID {
    let integers = try append(Quantize(scale: scale, zeroPoint: 0), x, name: name)
    return try append(Dequantize(), integers, name: name + ".real")
  }

  /// Constants in integers, read as what they stand for; biases are zeros.
  fileprivate mutating func integers(
    _ name: String, _ shape: [Int], _ dtype: DType, scale: Float
  ) throws -> ValueID {
    let type = TensorType(shape, dtype, quantization: Quantization(scales: [scale], zeroPoints: [0]))
    let bytes = (0..<type.bytes).map { dtype == .i32 ? 0 : UInt8(truncatingIfNeeded: $0 * 37 % 50) }
    return try append(Dequantize(), constant(name, Constant(type, bytes: bytes)))
  }

  fileprivate func derived(_ policy: UpdatePolicy, loss: Loss) throws -> JointGraphs {
    let (graph, promoted) = try promoting(policy.resolve(in: self))
    return try differentiate(graph, promoted, loss: loss, optimizer: Optimizer())
  }
}
