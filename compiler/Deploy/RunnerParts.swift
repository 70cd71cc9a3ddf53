import Runtime

/// What a runner does beside running kernels, and which image it takes.
public struct RunnerParts: Equatable, Sendable {
  public static let verbs: [RunnerPart] = [.train, .eval, .predict, .info, .selftest]
  public static let feeds: [RunnerPart] = [.packed, .stream, .ring]

  public var parts: Set<RunnerPart>
  /// Digest of the only image that it takes, and then takes without further checks; nil for every image that stands
  /// them.
  public var image: Digest?

  public init(_ parts: Set<RunnerPart> = Set(verbs + feeds), image: Digest? = nil) {
    self.parts = parts
    self.image = image
  }

  /// Whether a verb or a source of samples is there.
  public func contains(_ part: RunnerPart) -> Bool { parts.contains(part) }
}
