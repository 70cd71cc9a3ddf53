import Passes

/// How saved tensors are compressed for the weight gradients.
public enum CodecOption: Hashable, Sendable {
  /// Compressed where nothing exact fits under the cap.
  case automatic
  /// Not compressed.
  case none
  /// By the codec of this name, wherever it can be used.
  case forced(String)

  /// Names of all codecs, the most exact first.
  public static var names: [String] { savedTensorCodecs.map(\.name) }
}
