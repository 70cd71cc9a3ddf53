import IR

extension Exporter {
  /// Where the file states the values of an operand, as floats or as integers that a DequantizeLinear makes real.
  func stated(_ name: String) -> TensorSource? {
    if let source = model.source(of: name, index) { return source }
    guard let producer = index.producers[name], graph.node[producer].isRounding("DequantizeLinear"),
      let integers = graph.node[producer].input.first
    else { return nil }
    return model.source(of: integers, index)
  }

  /// Whether the file has this tensor in integers.
  func isInteger(_ name: String) -> Bool {
    guard let tensor = model.source(of: name, index)?.tensor else { return false }
    return tensor.dataType != Int32(Onnx_TensorProto.DataType.float.rawValue)
  }

  /// Floats in place of integers of the file, as what their DequantizeLinear gave.
  ///
  /// They are those of a classifier, which is trained in float.
  mutating func writeReal(_ name: String, _ values: [Float]) throws(ExportError) {
    let readers = graph.node.indices.filter {
      !removedNodes.contains($0) && graph.node[$0].isRounding("DequantizeLinear") && graph.node[$0].input.first == name
    }
    guard let dequantize = readers.first else {
      throw .elementType(tensor: name, Int(model.source(of: name, index)?.tensor.dataType ?? 0))
    }
    guard index.uses[name] == 1 else { throw .shared(tensor: name) }
    try replace(dequantize, of: name, values)
  }

  /// Integers in units of their own, those of biases: int32 with the scales that go with them.
  mutating func writeUnits() throws(ExportError) {
    for name in given.keys.sorted() {
      guard let tensor = given[name], let units = tensor.units, case .integers(let values) = tensor.storage else {
        continue
      }
      let readers = dequantizers(of: name) ?? []
      guard readers.count == 1, let position = index.initializers[name] else { throw .shared(tensor: name) }
      let shape = graph.initializer[position].dims.map { Int($0) }
      guard shape.reduce(1, *) == values.count, units.count == values.count else {
        throw .count(tensor: name, expected: shape.reduce(1, *), found: values.count)
      }
      let integers = Constant(TensorType(shape, .i32), bytes: values.withUnsafeBytes { [UInt8]($0) })
      graph.initializer[position] = Onnx_TensorProto(name, integers)
      let scale = GraphIndex(graph).unused(name + ".scale")
      let axis = shape.lastIndex { $0 != 1 }
      let scales = Constant(TensorType(axis == nil ? [] : [units.count]), floats: units)
      add(Onnx_TensorProto(scale, scales))
      (made[name], made[scale]) = (integers, scales)
      graph.node[readers[0]].input = [name, scale]
      graph.node[readers[0]].attribute = axis.map { [.integer("axis", $0)] } ?? []
      written.insert(name)
      given[name] = nil
    }
  }

  /// The result of a DequantizeLinear of integers that the file states becomes an initializer in float.
  mutating func replace(_ dequantize: Int, of integers: String, _ values: [Float]) throws(ExportError) {
    let shape = (model.source(of: integers, index)?.tensor.dims ?? []).map { Int($0) }
    let count = shape.reduce(1, *)
    guard values.count == count else { throw .count(tensor: integers, expected: count, found: values.count) }
    removedNodes.insert(dequantize)
    try add(graph.node[dequantize].output[0], shape, values)
  }

  /// Removes what rounds a result of the model behind the layer that computes it, as the network that was trained has it:
  /// a range on one side of zero stays as a Clip.
  ///
  /// - Parameter always: also where that layer has no new values.
  mutating func dropRounding(of result: String?, always: Bool) throws(ExportError) {
    var name = result ?? graph.output.first?.name ?? ""
    var roundings: [(position: Int, isInBounds: Bool)] = []
    while let position = index.producers[name], !removedNodes.contains(position) {
      let node = graph.node[position]
      guard node.isBehindClassifier, let operand = node.input.first else {
        let isTrained = node.input.contains { stated($0).map { given[$0.name] != nil } ?? false }
        guard always || isTrained else { return }
        break
      }
      if node.makesProbabilities { roundings = roundings.map { ($0.position, true) } }
      if node.isRounding("QuantizeLinear") { roundings.append((position, false)) }
      name = operand
    }
    for (position, isInBounds) in roundings {
      guard let rounded = graph.node[position].output.first, let real = graph.node[position].input.first,
        let readers = dequantizers(of: rounded)
      else { continue }
      let bounds = try bounds(position)
      if !isInBounds, bounds.lowerBound >= 0 || bounds.upperBound <= 0 {
        try clipInstead(position)
        continue
      }
      removedNodes.insert(position)
      var present = real
      for reader in readers { present = join(reader, to: present) }
    }
  }

  /// The DequantizeLinear nodes that read a tensor; nil where anything else does, or nothing.
  func dequantizers(of name: String) -> [Int]? {
    let readers = graph.node.indices.filter { !removedNodes.contains($0) && graph.node[$0].input.contains(name) }
    guard !readers.isEmpty, readers.count == index.uses[name],
      readers.allSatisfy({ graph.node[$0].isRounding("DequantizeLinear") })
    else { return nil }
    return readers
  }

  /// Removes a node whose one result is the same as `operand` from now on, and returns the name of both.
  ///
  /// That of a result of the model stays, else that of the operand.
  private mutating func join(_ position: Int, to operand: String) -> String {
    let result = graph.node[position].output[0]
    removedNodes.insert(position)
    let isResult = graph.output.contains { $0.name == result }
    let (old, new) = isResult ? (operand, result) : (result, operand)
    for position in graph.node.indices where !removedNodes.contains(position) {
      graph.node[position].input = graph.node[position].input.map { $0 == old ? new : $0 }
      graph.node[position].output = graph.node[position].output.map { $0 == old ? new : $0 }
    }
    return new
  }
}

extension Onnx_NodeProto {
  /// Whether it only rounds, moves or normalizes what a classifier gives.
  fileprivate var isBehindClassifier: Bool {
    let names = ["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]
    return isRounding("QuantizeLinear") || isRounding("DequantizeLinear") || makesProbabilities
      || names.contains(where: isOperator)
  }

  /// Whether its results lie from 0 to 1, or are the logarithms of such.
  fileprivate var makesProbabilities: Bool {
    ["HardSigmoid", "LogSoftmax", "Sigmoid", "Softmax"].contains(where: isOperator)
  }
}
