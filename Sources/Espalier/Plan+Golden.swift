import Runtime

extension Plan {
  /// What the plan says its first updates come to; nil where it does not say.
  public var goldenSteps: GoldenSteps? { GoldenSteps(behind: image, in: fileBytes) }

  /// Does ten updates on samples that follow from the seed, from the plan's weights on.
  ///
  /// - Throws: `EspalierError.run`.
  public func runGoldenSteps(seed: UInt64 = 0) throws(EspalierError) -> GoldenSteps {
    let trainer = try Trainer(self)
    return try trainer.withState { $0.session.goldenSteps(seed: seed) }
  }

  /// The file of the plan with what its first updates come to behind it, so that a board can test itself.
  ///
  /// - Throws: `EspalierError.run`.
  public func bytesWithGoldenSteps(seed: UInt64 = 0) throws(EspalierError) -> [UInt8] {
    let golden = try runGoldenSteps(seed: seed)
    return imageBytes() + withUnsafeBytes(of: golden) { [UInt8]($0) }
  }
}
