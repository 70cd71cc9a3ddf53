/// Why trained values do not go back into the file; the payload is facts, tensors and nodes go by their ONNX names.
public enum ExportError: Error, Hashable, Sendable {
  /// The file itself cannot be read any more.
  case model(ImportError)
  /// Values for one tensor twice.
  case duplicate(tensor: String)
  /// The exported file has no tensor of this name.
  case unknown(tensor: String)
  /// The file computes this tensor by a node, so it has no place for new values.
  case computed(tensor: String, op: String)
  /// Several nodes read the tensor, and the new values are those of one of them.
  case shared(tensor: String)
  /// ONNX's number of an element type that cannot hold the values.
  case elementType(tensor: String, Int)
  case count(tensor: String, expected: Int, found: Int)
  case notFinite(tensor: String, index: Int)
  /// An integer that 8 bits do not hold.
  case outOfRange(tensor: String, index: Int, value: Int)
  /// Channels whose normalization cannot give what training made of the folded weights: its scale is zero, or so small
  /// that the weight in front of it would be infinite.
  case notUnfoldable(tensor: String, channels: [Int])
  /// A node computes with integers in a way that has no form in float here.
  case roundsStill(node: String, op: String)
  /// No Gemm, MatMul or Conv has this weight.
  case noClassifier(weight: String)
  /// A node behind the classifier that takes the old number of classes only.
  case cannotFollow(node: String, op: String)
  /// The new classifier's name belongs to another tensor.
  case nameTaken(String)
  /// More bytes than one ONNX file can hold.
  case tooLarge(bytes: Int)
}
