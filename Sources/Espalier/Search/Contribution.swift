import Driver

extension PolicySearch {
  /// Layer → choice → accuracy that it gains in short runs; nil where progress ended them.
  ///
  /// As in On-Device Training Under 256KB Memory: first the biases of ever more of the last layers, whose gains are those of
  /// the bias that came last; then each layer's weights on top of all biases.
  ///
  /// - Throws: `TrialError`, `DataFileError`.
  public func contributions(_ trials: Trials, steps: Int, seed: UInt64) throws -> [[Double]]? {
    let chains = layers.indices.map { first in
      layers.indices.map { $0 >= first && takesBias($0) ? 1 : 0 }
    }
    let all = chains.first ?? []
    var weights: [(layer: Int, choice: Int)] = []
    for layer in layers.indices {
      for choice in layers[layer].entries.indices.dropFirst() where isPossible(layer, choice) {
        if layers[layer].entries[choice].train != .bias { weights.append((layer, choice)) }
      }
    }
    let changed = weights.map { weight in
      var choices = all
      choices[weight.layer] = weight.choice
      return choices
    }
    let wanted = (chains + [layers.map { _ in 0 }] + changed).map { Trial(policy($0), steps: steps, seed: seed) }
    let gains = try trials.results(wanted).compactMap { $0?.quality }
    guard gains.count == wanted.count else { return nil }
    var values = layers.map { $0.entries.map { _ in 0.0 } }
    // Noise of short runs must not make training more look worse than training less.
    var best = gains[layers.count]
    for layer in layers.indices.reversed() {
      let gain = max(0, gains[layer] - best)
      best = max(best, gains[layer])
      for choice in values[layer].indices.dropFirst() { values[layer][choice] = gain }
    }
    let base = gains.first ?? 0
    var before: [Int: Double] = [:]
    for ((layer, choice), gain) in zip(weights, gains.dropFirst(layers.count + 1)) {
      before[layer] = max(before[layer] ?? 0, gain - base)
      values[layer][choice] += before[layer]!
    }
    return values
  }

  private func takesBias(_ layer: Int) -> Bool {
    layers[layer].entries.count > 1 && layers[layer].entries[1].train == .bias && isPossible(layer, 1)
  }
}
