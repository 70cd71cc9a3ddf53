import IR

extension Exporter {
  /// The convolution takes over what its normalization does.
  mutating func writeFolded(_ fold: BatchNormFold) throws(ExportError) {
    let (weight, bias) = try parameters(fold)
    let foldedWeight = try take(fold.weight, count: weight.count) ?? fold.fold(weight: weight)
    let foldedBias = try take(fold.foldedBiasName, count: fold.scales.count) ?? fold.fold(bias: bias)
    try write(fold.weight, foldedWeight)
    if fold.foldedBiasName == fold.bias {
      try write(fold.foldedBiasName, foldedBias)
    } else {
      try add(fold.foldedBiasName, [fold.scales.count], foldedBias)
      graph.node[fold.conv].input = Array(graph.node[fold.conv].input.prefix(2)) + [fold.foldedBiasName]
    }
    graph.node[fold.conv].output[0] = fold.output
    removedNodes.insert(fold.batchNorm)
  }

  /// Convolution and normalization stay, with the weights and the shift that give the trained result.
  mutating func writeUnfolded(_ fold: BatchNormFold) throws(ExportError) {
    let (weight, bias) = try parameters(fold)
    if let trained = try take(fold.weight, count: weight.count) {
      let unfolded = fold.unfold(weight: trained, original: weight)
      let wrong = fold.channelsLost(by: unfolded, trained)
      guard wrong.isEmpty else { throw .notUnfoldable(tensor: fold.weight, channels: wrong) }
      try write(fold.weight, unfolded)
    }
    guard let trained = try take(fold.foldedBiasName, count: fold.scales.count) else { return }
    guard let beta = try original(graph.node[fold.batchNorm].input[2]) else { throw .unknown(tensor: fold.beta) }
    let shift = fold.unfoldedShift(of: trained, bias: bias, original: beta.constant.floats())
    try writeParameter(2, of: fold.batchNorm, beta, shift)
  }

  /// The normalizations that are y = s·x + t in the graph: s and t go back into γ and β.
  mutating func writeNormalizations(except folds: [BatchNormFold]) throws(ExportError) {
    let folded = Set(folds.map(\.batchNorm))
    for position in graph.node.indices where !folded.contains(position) && !removedNodes.contains(position) {
      let node = graph.node[position]
      guard node.isInferenceBatchNorm,
        let statistics = try reading({ () throws(ImportError) in try model.statistics(node, index) })
      else { continue }
      let names = (statistics.gamma.name, statistics.beta.name)
      guard given[names.0] != nil || given[names.1] != nil else { continue }
      for parameter in [statistics.gamma, statistics.beta] where !parameter.isReadOnce {
        throw .shared(tensor: parameter.name)
      }
      let scale = try take(names.0, count: statistics.channels)
      let shift = try take(names.1, count: statistics.channels)
      let (gamma, beta) = statistics.parameters(scale: scale, shift: shift)
      try write(names.0, gamma)
      try write(names.1, beta)
    }
  }

  private func parameters(_ fold: BatchNormFold) throws(ExportError) -> (weight: [Float], bias: [Float]?) {
    guard let weight = try original(fold.weight) else { throw .unknown(tensor: fold.weight) }
    guard let name = fold.bias else { return (weight.constant.floats(), nil) }
    guard let bias = try original(name) else { throw .unknown(tensor: name) }
    return (weight.constant.floats(), bias.constant.floats())
  }

  /// New values for an operand; one that other nodes read too stays as it is, beside a new initializer.
  private mutating func writeParameter(
    _ operand: Int, of node: Int, _ known: KnownTensor, _ values: [Float]
  ) throws(ExportError) {
    guard !known.isReadOnce else { return try write(known.name, values) }
    let name = GraphIndex(graph).unused(known.name)
    try add(name, known.constant.type.shape, values)
    graph.node[node].input[operand] = name
  }
}

extension BatchNormFold {
  /// Channels in which `unfolded` weights do not fold to what they should: the scale is zero, or they are not finite.
  func channelsLost(by unfolded: [Float], _ wanted: [Float]) -> [Int] {
    let folded = fold(weight: unfolded)
    let size = wanted.count / max(scales.count, 1)
    return scales.indices.filter { channel in
      (channel * size..<(channel + 1) * size).contains {
        !unfolded[$0].isFinite || scales[channel] == 0 && folded[$0] != wanted[$0]
      }
    }
  }
}

extension BatchNormStatistics {
  /// Scale s and shift t of y = s·x + t.
  var affine: (scale: [Float], shift: [Float]) {
    let scales = scales
    let shifts = scales.indices.map { beta.values[$0] - means[$0] * scales[$0] }
    return (scales.map { Float($0) }, shifts.map { Float($0) })
  }

  /// γ and β that give another scale or shift; channels that have the old ones keep their bits.
  func parameters(scale: [Float]?, shift: [Float]?) -> (gamma: [Float], beta: [Float]) {
    let old = affine
    var result = (gamma: gamma.values.map { Float($0) }, beta: beta.values.map { Float($0) })
    for channel in 0..<channels {
      let newScale = scale?[channel] ?? old.scale[channel]
      let newShift = shift?[channel] ?? old.shift[channel]
      let isScaled = newScale != old.scale[channel]
      if isScaled { result.gamma[channel] = Float(Double(newScale) * deviations[channel]) }
      guard isScaled || newShift != old.shift[channel] else { continue }
      // The scale that the rounded γ gives, so that the shift makes up for the rounding.
      let rounded = Double(result.gamma[channel]) / deviations[channel]
      result.beta[channel] = Float(Double(newShift) + means[channel] * rounded)
    }
    return result
  }
}
