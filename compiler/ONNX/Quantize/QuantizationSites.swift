import IR

/// What of a float model becomes integers, by the names of its tensors.
public struct QuantizationSites: Sendable {
  /// A float activation that is rounded to int8.
  public struct Activation: Hashable, Sendable {
    public let name: String
    /// The activation that has the same scale and zero point, as between the two values only move.
    public let follows: String?
  }

  /// A layer with constant weights that nothing else reads.
  public struct Layer: Sendable {
    /// Index of the node.
    let position: Int
    /// Node and operand that the bias stands at, or would stand at; nil where there is no place for one.
    let biasOperand: (position: Int, operand: Int)?
    public let weight: String
    /// Layout of the file.
    public let shape: [Int]
    public let weights: [Float]
    /// Axis of the output channels.
    public let outputAxis: Int
    public let bias: [Float]?
    /// The file states the bias for this layer alone; its name.
    public let ownBias: String?
    /// The activation that the layer reads.
    public let input: String
    /// What it computes, bias included, before any activation function.
    public let output: String
    /// Each output channel reads one input channel, that of its own index.
    public let isDepthwise: Bool

    public var outputs: Int { shape[outputAxis] }
    public var takesBias: Bool { biasOperand != nil }
  }

  /// Two convolutions with an activation between that nothing else reads, and whose scale can go from one to the other:
  /// f(s·x) = s·f(x) in each channel for s > 0.
  public struct Pair: Sendable {
    /// Indices of the layers.
    public let first: Int
    public let second: Int
    public let activation: String
    /// Where the activation function clips: there the equation ends.
    public let upperBound: Double?
  }

  /// A layer in front of the classifier that stays in float.
  public struct FloatLayer: Hashable, Sendable {
    public let node: String
    /// Goes on from the name: `has the weight w, ...`.
    public let reason: String
  }

  /// In the order of the file.
  public internal(set) var activations: [Activation] = []
  public internal(set) var layers: [Layer] = []
  public internal(set) var floatLayers: [FloatLayer] = []
  public internal(set) var pairs: [Pair] = []
}

extension ONNXModel {
  /// Whether the file has operators of quantized networks already.
  public var isQuantized: Bool {
    let names: Set = [
      "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
      "MatMulInteger",
    ]
    return proto.graph.node.contains { names.contains($0.opType) || $0.opType.hasPrefix("QLinear") }
  }

  /// Names of the inputs and of everything that nodes compute.
  public var tensorNames: [String] {
    let weights = Set(proto.graph.initializer.map(\.name))
    let inputs = proto.graph.input.map(\.name).filter { !weights.contains($0) }
    return inputs + proto.graph.node.flatMap(\.output).filter { !$0.isEmpty }
  }

  /// Names of all tensors; without those of `own` that are read once, which go with their reader.
  public func names(besides own: [String]) -> Set<String> {
    let index = GraphIndex(proto.graph)
    return Set(tensorNames + proto.graph.initializer.map(\.name)).subtracting(own.filter { index.uses[$0] == 1 })
  }

  /// Names of the results.
  public var outputNames: [String] { proto.graph.output.map(\.name) }

  /// The activations and layers that become integers: all layers but the classifier (the last one on the way to a result),
  /// what goes in and out of them, and what residual additions and means read and give. An activation function joins the rounding behind it.
  ///
  /// - Parameters:
  ///   - values: names of the tensors that depend on the input, as `ImportOptions.observed` gives them.
  ///   - left: weights that stay in float.
  /// - Throws: `ImportError.tensor` for weights that cannot be read.
  public func quantizationSites(
    _ values: Set<String>, leaving left: Set<String> = []
  ) throws(ImportError) -> QuantizationSites {
    var finder = SiteFinder(self, values)
    finder.left = left
    try finder.findLayers()
    var sites = QuantizationSites()
    sites.layers = finder.layers
    sites.floatLayers = finder.floatLayers
    sites.activations = finder.activations()
    sites.pairs = finder.pairs()
    return sites
  }
}
