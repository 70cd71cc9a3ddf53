/// Rematerialization: whether backward recomputes forward values instead of having them kept.
public enum RecomputeOption: String, Sendable, CaseIterable {
  /// Where the step would not fit under its cap otherwise, in the way that takes the fewest multiplications.
  case automatic = "auto"
  case none
}
