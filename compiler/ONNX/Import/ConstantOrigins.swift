import IR

/// Where in the file a node reads an operand.
struct OperandSite: Hashable, Sendable {
  /// Index of the node.
  let node: Int
  let operand: Int
}

/// Where the constants of an imported graph come from, so that new values find their way back into the file.
///
/// Much of what a graph has as one constant the file computes: joined, sliced, negated or transposed weights, sums of
/// biases. Such a constant has no tensor in the file; at export it gets one, see `ONNXModel.stating`.
public struct ConstantOrigins: Sendable {
  /// A constant of the graph.
  struct Origin: Sendable {
    /// The tensor of the file whose place the constant's new values take.
    let tensor: String
    /// Nodes that read it in this form.
    var sites: [OperandSite]
    /// What it stands for where it is no tensor of floats.
    let integers: Integers?
  }

  /// Integers as the file has them, which a node makes real.
  struct Integers: Sendable {
    let values: Constant
    let site: OperandSite
  }

  /// A bias that layers of integers share in the file, as one of them has it.
  struct Copy: Sendable {
    let source: String
    /// Name of the result of the node that reads it.
    let reader: String
  }

  /// By the name of the constant.
  private(set) var origins: [String: Origin] = [:]
  /// By the name of the constant.
  private(set) var copies: [String: Copy] = [:]
  /// Constants whose values have no place: a tensor that two layers split in different ways.
  public private(set) var unwritable: Set<String> = []
  /// Constants that get an initializer of their own once they are trained.
  public private(set) var withoutTensor: Set<String> = []
  /// Every tensor of the file that is known while importing.
  private(set) var known: [String: ModelTensor] = [:]
  /// Indices of the nodes whose results depend on the input.
  private(set) var live: Set<Int> = []

  /// Constants that stand for integers.
  var quantized: [String] { origins.filter { $0.value.integers != nil }.map(\.key) }

  public init() {}

  init(_ model: ONNXModel, _ placed: [String: Origin], _ tensors: [String: ModelTensor]) {
    known = tensors.filter(\.value.isKnown)
    for (position, node) in model.proto.graph.node.enumerated()
    where node.output.contains(where: { tensors[$0]?.isKnown == false }) {
      live.insert(position)
    }
    let index = GraphIndex(model.proto.graph)
    for (name, origin) in placed {
      if origin.integers == nil {
        // What folding makes of normalizations is no operand, and has a way back of its own.
        guard !origin.sites.isEmpty else { continue }
        guard name == origin.tensor else {
          unwritable.insert(name)
          continue
        }
      }
      origins[name] = origin
      if !isStated(name, origin, model, index) { withoutTensor.insert(name) }
    }
  }

  /// Whether the file has a tensor of this name that new values can go into.
  func isStated(_ name: String, _ origin: Origin, _ model: ONNXModel, _ index: GraphIndex) -> Bool {
    guard name == origin.tensor, let source = model.source(of: origin.tensor, index), source.name == name,
      !model.roundedWeights.contains(name)
    else { return false }
    return origin.integers == nil || index.uses[name] == 1
  }

  /// Names of the biases that stand for one that layers share, by its name.
  public var copiesBySource: [String: [String]] {
    Dictionary(grouping: copies.keys.sorted()) { copies[$0]?.source ?? $0 }
  }

  /// Adds a bias that stands for another at one reader.
  public mutating func add(copy name: String, of source: String, reader: String) {
    copies[name] = Copy(source: source, reader: reader)
    withoutTensor.insert(name)
  }
}
