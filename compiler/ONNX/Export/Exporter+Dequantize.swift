import IR

extension Exporter {
  /// Turns what is left of integers into floats.
  ///
  /// A DequantizeLinear of weights becomes their real values; a QuantizeLinear whose result is made real again becomes a
  /// Clip to the range of its integers, since saturation may be all that is left of an activation function.
  ///
  /// - Throws: `ExportError.roundsStill` for integers that something else computes with.
  mutating func dequantize() throws(ExportError) {
    var taken: Set<String> = []
    for position in graph.node.indices where !removedNodes.contains(position) {
      let node = graph.node[position]
      // What nobody reads is left behind, as quantizers do for a bias that they write twice.
      if node.isRounding("DequantizeLinear"), node.output.allSatisfy({ index.uses[$0] == nil }) {
        removedNodes.insert(position)
      } else if node.isRounding("DequantizeLinear"), let name = node.input.first, let values = try realValues(node) {
        try replace(position, of: name, values)
        taken.insert(name)
      } else if node.isRounding("QuantizeLinear") {
        try clipInstead(position)
      }
    }
    for name in taken { given[name] = nil }
    for (position, node) in graph.node.enumerated() where !removedNodes.contains(position) {
      guard !node.computesWithIntegers else { throw .roundsStill(node: node.name, op: node.opType) }
    }
  }

  /// What a DequantizeLinear makes of integers that the file states; nil for those of an activation.
  private func realValues(_ node: Onnx_NodeProto) throws(ExportError) -> [Float]? {
    guard let name = node.input.first, let integers = try original(name)?.constant, integers.type.dtype != .f32 else {
      return nil
    }
    let (scales, zeroPoints) = try scaling(node)
    let stored: [Int]
    switch given[name]?.storage {
    case .floats(let values): return values
    case .integers(let values): stored = values.map { Int($0) + (integers.type.dtype == .u8 ? 128 : 0) }
    case nil: stored = IntegerTensor(integers).values
    }
    let shape = integers.type.shape
    let axis = Int(node.attribute.first { $0.name == "axis" }?.i ?? 1)
    let inner = scales.count == 1 ? 1 : shape[(axis < 0 ? axis + shape.count + 1 : axis + 1)...].reduce(1, *)
    return stored.indices.map { index in
      let channel = scales.count == 1 ? 0 : index / inner % scales.count
      return Float(stored[index] - zeroPoints[channel % zeroPoints.count]) * scales[channel]
    }
  }

  /// A Clip in place of a QuantizeLinear and the DequantizeLinear nodes behind it.
  mutating func clipInstead(_ position: Int) throws(ExportError) {
    let node = graph.node[position]
    guard let rounded = node.output.first, let readers = dequantizers(of: rounded), let first = readers.first else {
      throw .roundsStill(node: node.name, op: node.opType)
    }
    let range = try bounds(position)
    let result = graph.node[first].output[0]
    var clip = Onnx_NodeProto("Clip", [node.input[0]], result)
    for (bound, value) in [("min", range.lowerBound), ("max", range.upperBound)] {
      let name = GraphIndex(graph).unused("\(result).\(bound)")
      try add(name, [], [value])
      clip.input.append(name)
    }
    graph.node[position] = clip
    removedNodes.insert(first)
    for reader in readers.dropFirst() {
      graph.node[reader] = Onnx_NodeProto("Identity", [result], graph.node[reader].output[0])
    }
  }

  /// What a QuantizeLinear keeps real values within.
  func bounds(_ position: Int) throws(ExportError) -> ClosedRange<Float> {
    let node = graph.node[position]
    let (scales, zeroPoints) = try scaling(node)
    let zeroPoint = node.input.count > 2 ? try original(node.input[2]) : nil
    let isUnsigned = zeroPoint.map { $0.constant.type.dtype == .u8 } ?? true
    let (low, high) = isUnsigned ? (0, 255) : (-128, 127)
    return Float(low - zeroPoints[0]) * scales[0]...Float(high - zeroPoints[0]) * scales[0]
  }

  /// Scales and zero points of a node as the file states them.
  private func scaling(_ node: Onnx_NodeProto) throws(ExportError) -> (scales: [Float], zeroPoints: [Int]) {
    guard node.input.count > 1, let scales = try original(node.input[1])?.constant.floats(), !scales.isEmpty else {
      throw .roundsStill(node: node.name, op: node.opType)
    }
    guard node.input.count > 2, !node.input[2].isEmpty, let zero = try original(node.input[2]) else {
      return (scales, [0])
    }
    return (scales, IntegerTensor(zero.constant).values)
  }
}

extension Onnx_NodeProto {
  fileprivate var computesWithIntegers: Bool {
    opType.hasPrefix("QLinear") || opType.hasPrefix("DynamicQuantize") || opType == "QuantizeLinear"
      || opType == "DequantizeLinear" || opType == "ConvInteger" || opType == "MatMulInteger"
  }
}
