import IR

/// Why no training step can be derived from a network.
public enum DifferentiateError: Error, Hashable, Sendable {
  /// The loss cannot be put on top of these results.
  case lossNeeds(shape: String, found: TensorType)
  /// An operation between a trained tensor and the loss has no gradient.
  case noGradient(op: String, node: String)
  /// A trained tensor that the loss does not depend on.
  case noPath(parameter: String)
  /// A normalization by the statistics of a batch that has one value of each channel.
  case noVariance(node: String)
  /// Nothing of the network is trained.
  case nothingTrained
  /// An operator refuses operands that it was given while gradients or updates were built.
  case shape(node: String, ShapeError)
}
