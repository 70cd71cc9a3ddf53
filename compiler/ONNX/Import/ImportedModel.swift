import IR

/// What the importer cannot read off the file.
public struct ImportOptions: Sendable {
  /// Shape of the first input in ONNX's own layout; needed where the file leaves more than the batch open.
  public var inputShape: [Int]?
  /// Samples in a batch, in place of what the file says; 1 where neither says anything.
  public var batch: Int?
  /// Keeps BatchNormalization in the graph instead of folding it into the convolution in front of it.
  public var keepBatchNorm = false
  /// Refuses constants with a row for each sample of the batch, and nodes that mix samples: what a network makes of a
  /// sample must not depend on others, nor on its place among them.
  public var treatsSamplesAlike = false
  /// The result that samples lead to; nil is the first.
  public var result: String?
  /// Names of tensors that the graph gives as further outputs, in the layout they have in it. Those that are known
  /// while importing are left out.
  public var observed: [String] = []

  public init() {}
}

/// Where the values of a graph's tensor stand in the ONNX tensor.
///
/// Axis `i` of the permuted tensor is axis `permutation[i]` of `shape`; the permuted tensor has the graph's element
/// order, whatever axes of size 1 the graph adds or leaves out.
public struct TensorLayout: Hashable, Sendable, Codable {
  public var shape: [Int]
  public var permutation: [Int]
  /// Shape of the ONNX tensor where `shape` is one that a node gives it; its elements have the same order.
  public var fileShape: [Int]?

  public init(shape: [Int], permutation: [Int], fileShape: [Int]? = nil) {
    self.shape = shape
    self.permutation = permutation
    self.fileShape = fileShape == shape ? nil : fileShape
  }

  /// That of one number for each of so many channels.
  public init(rows: Int) { self.init(shape: [rows], permutation: [0]) }
}

/// The one operand that reads an unshared tensor of the graph, even where others read it in the file.
public struct TensorReader: Hashable, Sendable {
  /// First result of the node.
  public var result: String
  public var operand: Int

  public init(result: String, operand: Int) {
    self.result = result
    self.operand = operand
  }
}

/// An input of the network.
public struct ImportedInput: Hashable, Sendable {
  public var name: String
  /// ONNX's own layout, batch included.
  public var shape: [Int]
  public var layout: TensorLayout
  /// What a sample is to the model, and to the graph.
  public var axes: SampleAxes
}

/// What became of a tensor of the file that is no constant of the graph.
public enum TensorFate: Hashable, Sendable {
  /// One number, which is a part of this node.
  case absorbed(node: String)
  /// This node computes the same whatever it is.
  case ignored(node: String)
  /// A normalization's, or its convolution's, which are one.
  case folded
}

/// A network read from an ONNX file.
public struct ImportedModel: Sendable {
  /// Verified; pictures are NHWC inside and at the inputs, outputs have ONNX's layout and names.
  public var graph: Graph
  public var inputs: [ImportedInput]
  /// Layout of every constant of the graph, by its name.
  public var layouts: [String: TensorLayout]
  /// Where in the file these constants come from.
  public var origins: ConstantOrigins
  /// Constants that one operation has for itself, by name.
  public var readers: [String: TensorReader]
  /// Constants that stand for one use of a tensor that others read too in the file.
  public var copies: Set<String>
  /// What became of tensors of the file that are no constants of the graph.
  public var fates: [String: TensorFate]
  /// The tensors that the file states and computes a constant of, where it computes it.
  public var sources: [String: [String]]
  /// Weights and biases of convolutions with their normalizations multiplied in.
  public var folded: Set<String>
}
