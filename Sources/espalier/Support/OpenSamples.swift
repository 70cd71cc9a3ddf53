import Espalier

extension CommonOptions {
  /// Opens samples of a plan, and says what is taken for granted about them.
  func samples(_ path: String, for plan: Plan, needsLabels: Bool = true) throws -> Samples {
    noting(try Samples(path: path, for: plan, needsLabels: needsLabels))
  }

  /// Opens samples of a model.
  func samples(_ path: String, for model: Model, needsLabels: Bool = true) throws -> Samples {
    noting(try Samples(path: path, for: model, needsLabels: needsLabels))
  }

  private func noting(_ samples: Samples) -> Samples {
    if let scale = samples.assumedScale {
      note("\(samples.path): x is uint8 and read as byte x \(scaleText(scale)); `data pack --scale` sets another")
    }
    return samples
  }
}
