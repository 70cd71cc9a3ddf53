import Driver

/// What training parts of one layer is worth; the parts of a layer add up.
public struct LayerScore: Hashable, Sendable {
  /// One number for each channel that regions are made of; a single one for a layer without regions.
  public var channels: [Double]
  public var bias: Double
}

/// Importance score: where the value of a choice comes from.
public enum ScoreKind: String, CaseIterable, Sendable {
  /// Mean over samples of the squared gradient, which is the diagonal of the empirical Fisher information.
  case fisher
  /// Squared mean gradient: how much a small step lowers the loss.
  case gradient
  /// Signal to noise of the weights themselves, without any data (Hartford et al., Spectrum, 2024).
  case snr
  /// Accuracy that short training runs gain (Lin et al., On-Device Training Under 256KB Memory, section 3.2).
  case contribution
}

extension PolicySearch {
  /// Layer → choice → what it is worth, by scores of the layers' weights.
  public func values(_ scores: [String: LayerScore]) -> [[Double]] {
    layers.map { layer in
      layer.entries.indices.map { choice in
        guard let score = scores[layer.name], choice > 0,
          layer.channels == 0 || score.channels.count == layer.channels
        else { return 0 }
        if layer.entries[choice].train == .full { return score.bias + score.channels.reduce(0, +) }
        return score.bias + (layer.region(choice) ?? []).reduce(0) { $0 + score.channels[$1] }
      }
    }
  }

  /// Lets regions be the channels with the best scores.
  public func chooseChannels(_ scores: [String: LayerScore]) { chooseChannels(scores.mapValues(\.channels)) }
}
