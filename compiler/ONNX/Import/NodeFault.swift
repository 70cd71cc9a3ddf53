import IR

/// Why a node of an ONNX model cannot be imported; the payload is facts, tensors go by their ONNX names.
public enum NodeFault: Error, Hashable, Sendable {
  /// The importer has no rule for the operator.
  case unsupportedOperator
  /// The operator has no meaning in the file's version of the operator set, but in these.
  case version(since: Int, until: Int)
  /// The node names no result.
  case noResult
  /// The file has the node in training mode, and somebody reads what only training gives.
  case training
  /// An attribute has a value that no rule covers.
  case attribute(name: String, value: String)
  /// An attribute that the operator needs is missing or of another kind.
  case attributeKind(name: String, expected: String)
  /// An operand that the operator needs is not given.
  case operandMissing(index: Int)
  /// An operand that no input, initializer or earlier node defines.
  case undefined(tensor: String)
  /// A result whose name another node or input has already.
  case redefined(tensor: String)
  /// An operand that must be known while importing: a weight, or what decides a shape.
  case notConstant(tensor: String)
  case elementType(tensor: String, type: String)
  /// Operands of these shapes do not suit the operator.
  case shapes([[Int]])
  /// Values that the operator cannot have there.
  case values(tensor: String, [Int])
  /// A result with no element at all, or with more than can be addressed.
  case size(shape: [Int])
  /// More products of constants than are computed while importing.
  case products(Int)
  /// A result that no rule computes: indices of a pooling, the mask of a dropout.
  case output(index: Int)
  /// A float that must be finite, or within the integers, and is not.
  case notFinite(tensor: String, index: Int)
  /// A variance that is below zero, or zero with nothing added to it.
  case variance(tensor: String, index: Int, value: Float)
  /// A constant with a row for each sample of the batch.
  case rowForEachSample(tensor: String, rows: Int)
  /// Samples of a batch are computed with one another; the reason goes on from the operand.
  case mixedSamples(tensor: String, reason: String)
  /// A result whose first axis is not the samples of a batch.
  case resultOfSamples(tensor: String, shape: [Int], batch: Int)
  /// An initializer, or a tensor among the attributes, that cannot be read.
  case tensor(name: String, TensorFault)
  /// Scales or zero points that quantize nothing, or in a way that no rule covers.
  case quantization(tensor: String, reason: String)
  /// The operator of the IR refuses its operands.
  case refused(ShapeError)
}

/// A node that cannot be imported, and why.
public struct NodeProblem: Hashable, Sendable {
  /// The node's name, or that of its first result where it has none.
  public let node: String
  public let op: String
  /// Empty for ONNX's own operators.
  public let domain: String
  public let fault: NodeFault
}
