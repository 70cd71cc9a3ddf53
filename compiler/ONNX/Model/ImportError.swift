/// Why a file cannot become a network; the payload is facts, tensors and nodes go by their ONNX names.
public enum ImportError: Error, Hashable, Sendable {
  case notFound(path: String)
  /// The system's error number.
  case cannotRead(path: String, cause: Int32)
  /// Ends within a message: how many bytes there are, and how many it takes at least.
  case truncated(path: String, bytes: Int, needed: Int)
  /// What begins at this byte is none of ONNX's messages.
  case malformed(path: String, offset: Int)
  /// Well-formed, yet without a graph.
  case noGraph(path: String)
  case opset(path: String, found: Int)
  case tensor(path: String, name: String, TensorFault)
  /// The sizes as the file spells them; those it leaves open must be given.
  case inputShapeUnknown(name: String, dims: [String])
  /// The shape asked for has another number of axes.
  case inputShapeMismatch(name: String, dims: [String], wanted: [Int])
  case duplicateInput(name: String)
  /// All nodes that cannot be imported, in the order of the file.
  case nodes([NodeProblem])
  /// A result of the network that cannot be given.
  case output(name: String, NodeFault)
  /// A graph that breaks the contract of the IR: a defect of the importer.
  case invalidGraph(String)
}

/// What is wrong with an initializer.
public enum TensorFault: Error, Hashable, Sendable {
  /// ONNX's number for an element type that has no counterpart in the IR.
  case elementType(Int)
  /// Sizes below zero, or more elements than can be addressed.
  case shape([Int])
  case byteCount(expected: Int, found: Int)
  case notFinite(index: Int)
  /// Another initializer has the same name.
  case duplicate
  /// An external file outside the model's folder.
  case externalPath(String)
  case externalNotFound(path: String)
  /// The system's error number.
  case externalUnreadable(path: String, cause: Int32)
  case externalRange(path: String, offset: Int, bytes: Int)
  /// An offset or a length in an external file that is no number of bytes, as it is written.
  case externalNumber(path: String, key: String, value: String)
  /// More or fewer bytes in an external file than the tensor takes.
  case externalLength(path: String, expected: Int, found: Int)

  /// Whether the fault is that of a file beside the model.
  var isExternal: Bool {
    switch self {
    case .externalPath, .externalNotFound, .externalUnreadable, .externalRange, .externalNumber, .externalLength: true
    case .elementType, .shape, .byteCount, .notFinite, .duplicate: false
    }
  }
}
