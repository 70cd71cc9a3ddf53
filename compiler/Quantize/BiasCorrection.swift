import IR
import ONNX

extension QuantizedNetwork {
  /// Biases with which the mean of every channel is that of the float network, layer after layer: each is corrected with
  /// what reaches it once those in front of it are (empirical bias correction; Nagel et al., 2019, section 4.2 and
  /// appendix D).
  func correctedBiases(_ batches: [[UInt8]], _ progress: (Int) -> Void) throws -> [[Float]?] {
    let layers = network.sites.layers
    var exact: [ValueID: [Double]] = [:]
    let watched = Set(layers.compactMap { network.values[$0.output] })
    for group in batches.groups(inMemory: batches.count) {
      try network.runner.run(group, watching: watched) { id, results in
        for result in results {
          let means = channelMeans([result], network.runner.channels(id))
          let count = Double(batches.count)
          exact[id] = zip(exact[id] ?? means.map { _ in 0 }, means).map { $0 + $1 / count }
        }
      }
      progress(group.count)
    }
    var indices: [ValueID: Int] = [:]
    for (index, layer) in layers.enumerated() where layer.takesBias {
      if let id = values[layer.output] { indices[id] = index }
    }
    var corrected = biases
    try runner.run(batches, watching: Set(indices.keys)) { id, results in
      guard let index = indices[id], let target = network.values[layers[index].output], let wanted = exact[target],
        wanted.count == layers[index].outputs, runner.channels(id) == wanted.count
      else { return }
      let shifts = zip(wanted, channelMeans(results, wanted.count)).map { Float($0 - $1) }
      corrected[index] = shifts.indices.map { (corrected[index]?[$0] ?? 0) + shifts[$0] }
      for batch in results.indices {
        results[batch].withUnsafeMutableBytes { raw in
          let values = raw.bindMemory(to: Float.self)
          for element in values.indices { values[element] += shifts[element % shifts.count] }
        }
      }
    }
    return corrected
  }
}

/// Mean over everything but the last axis.
private func channelMeans(_ batches: [[UInt8]], _ channels: Int) -> [Double] {
  var sums = [Double](repeating: 0, count: channels)
  var rows = 0
  for batch in batches {
    batch.withFloats { values in
      for (element, value) in values.enumerated() { sums[element % channels] += Double(value) }
      rows += values.count / channels
    }
  }
  return sums.map { $0 / Double(max(rows, 1)) }
}
