extension ToldFault {
  /// Samples that cannot be used.
  public static func data(_ subject: Subject, _ error: DataError) -> Self {
    switch error {
    case .notAPack:
      return Self(
        .malformed, subject,
        isBuilt(.stream) || isBuilt(.ring)
          ? " is no packed data, nor a stream or ring where one was asked for" : " is no packed data",
        next: "make it on a computer: espalier data pack")
    case .version(let found, let supported): return version(subject, found, supported)
    case .length(let stated, let actual): return length(subject, stated, actual)
    case .digest: return damaged(subject)
    case .misaligned, .header, .table:
      return Self(.malformed, subject, " contradicts itself", next: "make it again: espalier data pack")
    case .labelsDiffer:
      return Self(
        .malformed, subject, " has numbers as labels, and the plan's loss compares with classes",
        next: "give classes as integers from 0, or compile with --loss mse")
    case .targetsDiffer(let found, let expected):
      return shapes(
        subject, " has labels of ", found, ", the plan's loss compares with ", expected,
        next: "give numbers of that shape, or compile with another --loss")
    case .sampleDiffers(let found, let expected):
      return shapes(
        subject, " has samples of ", found, ", the model's input takes ", expected,
        next: "give samples of that shape, or compile with --input-shape")
    case .label(let sample, let value, let classes):
      var text = Text(subject, ": sample ")
      text += sample
      text += " has label "
      text += Int(value)
      text += ", the plan's classes are 0 to "
      text += classes &- 1
      return Self(.malformed, text, next: "correct the label, or compile with more --classes")
    case .notFinite(let sample):
      guard onlyImage == nil || isBuilt(.stream) || isBuilt(.ring) || isBuilt(.meanSquaredError) else {
        return damaged(subject)
      }
      var text = Text(subject, ": sample ")
      text += sample
      text += " has a value that is infinite or not a number"
      return Self(.malformed, text, next: "clean the sample, or remove it")
    case .tooFewSamples(let have, let needed):
      var text = Text(subject, " has ")
      text += have
      text += " samples where "
      text += needed
      text += " are needed"
      return Self(.malformed, text, next: "give more samples, or compile with a smaller --batch")
    case .results(let sample): return results(subject, sample)
    case .readInPlace:
      // Packed data lies still.
      guard isBuilt(.stream) || isBuilt(.ring) else { return damaged(subject) }
      return Self(
        .malformed, subject, " passes by, and the plan reads samples where they lie",
        next: "give packed data, or compile with --samples copied")
    }
  }

  /// Samples that training cannot go on with.
  public static func feed(_ subject: Subject, _ error: FeedError) -> Self {
    switch error {
    case .data(let error): return data(subject, error)
    case .file(let error): return reading(subject, error)
    case .cut(let sample):
      guard isBuilt(.stream) else { return damaged(subject) }
      var text = Text(subject, " ends within sample ")
      text += sample
      return Self(.malformed, text, next: "look at what writes the stream")
    case .pages(let error): return pages(error)
    }
  }

  /// Results of a network that are no numbers, so that nothing can be said about them.
  private static func results(_ subject: Subject, _ sample: UInt64) -> Self {
    guard isBuilt(.eval) || isBuilt(.predict) else { return damaged(subject) }
    var text = Text(subject, ": what the network gives for sample ")
    text += sample
    text += " is infinite or no number"
    return Self(
      .no, text, next: "the weights are too large, as of a training that diverged: take an older checkpoint or plan")
  }

  private static func shapes(
    _ subject: Subject, _ has: StaticCString, _ found: CompactShape, _ takes: StaticCString, _ expected: CompactShape,
    next: StaticCString
  ) -> Self {
    var text = Text(subject, has)
    text += found.shape
    text += takes
    text += expected.shape
    return Self(.malformed, text, next: next)
  }
}
