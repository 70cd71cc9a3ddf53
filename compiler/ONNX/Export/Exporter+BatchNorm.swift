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
    try writeParameter(2, of: fold.batchNorm, beta, shift, named: beta.name)
  }

  /// The values that are one operand's alone.
  mutating func writeOperands() throws(ExportError) {
    for name in given.keys.sorted() {
      guard let tensor = given[name], let reader = tensor.reader else { continue }
      guard let position = index.producers[reader.result], reader.operand < graph.node[position].input.count,
        let known = try original(graph.node[position].input[reader.operand])
      else { throw .unknown(tensor: name) }
      guard let values = try take(name, count: known.constant.type.count) else { continue }
      try writeParameter(reader.operand, of: position, known, values, named: name)
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
    _ operand: Int, of node: Int, _ known: KnownTensor, _ values: [Float], named name: String
  ) throws(ExportError) {
    guard !known.isReadOnce else { return try write(known.name, values) }
    let name = GraphIndex(graph).unused(name)
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
