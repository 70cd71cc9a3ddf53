import Passes

/// What the forward pass keeps of values for the gradients of weights.
public enum CodecOption: Hashable, Sendable {
  /// The values, and less of them where nothing exact fits under the cap.
  case automatic
  /// The values.
  case none
  /// What a codec of this name keeps, wherever it can be used.
  case forced(String)

  /// Names of all codecs, the most exact first.
  public static var names: [String] { savedTensorCodecs.map(\.name) }
}
