import IR

/// Who makes and who reads the tensors of a graph.
struct GraphIndex {
  /// Index of the node that makes a tensor.
  private(set) var producers: [String: Int] = [:]
  /// How often a tensor is read: by nodes, by graphs inside them, and as a result of the model.
  private(set) var uses: [String: Int] = [:]
  /// Index of an initializer.
  private(set) var initializers: [String: Int] = [:]

  init(_ graph: Onnx_GraphProto) {
    for (index, node) in graph.node.enumerated() {
      for name in node.output where !name.isEmpty { producers[name] = index }
    }
    for (index, tensor) in graph.initializer.enumerated() { initializers[tensor.name] = index }
    count(graph)
  }

  private mutating func count(_ graph: Onnx_GraphProto) {
    for output in graph.output { uses[output.name, default: 0] += 1 }
    for node in graph.node {
      for name in node.input where !name.isEmpty { uses[name, default: 0] += 1 }
      for attribute in node.attribute {
        for inner in (attribute.hasG ? [attribute.g] : []) + attribute.graphs { count(inner) }
      }
    }
  }

  /// Whether a tensor of this name exists.
  func contains(_ name: String) -> Bool {
    producers[name] != nil || initializers[name] != nil || uses[name] != nil
  }

  /// `name`, or the first of `name.2`, `name.3`, ... that no tensor has yet.
  func unused(_ name: String) -> String {
    var candidate = name
    var number = 2
    while contains(candidate) {
      candidate = "\(name).\(number)"
      number += 1
    }
    return candidate
  }
}

/// A tensor whose values the file states.
struct KnownTensor {
  /// Name of the initializer, or of a Constant node's output.
  let name: String
  let constant: Constant
  /// Whether one node alone reads it.
  let isReadOnce: Bool
}

extension ONNXModel {
  /// The initializer or Constant node behind `name`, through any Identity nodes; nil for what is computed.
  ///
  /// - Throws: `ImportError.tensor` when its values cannot be read.
  func known(_ name: String, _ index: GraphIndex) throws(ImportError) -> KnownTensor? {
    var name = name
    var isReadOnce = true
    // A graph of n nodes has no longer chain, unless it goes in a circle.
    for _ in 0...proto.graph.node.count {
      isReadOnce = isReadOnce && index.uses[name] == 1
      guard let producer = index.producers[name] else {
        guard let constant = try initializer(name) else { return nil }
        return KnownTensor(name: name, constant: constant, isReadOnce: isReadOnce)
      }
      let node = proto.graph.node[producer]
      guard node.domain.isEmpty || node.domain == "ai.onnx" else { return nil }
      switch (node.opType, node.input.first) {
      case ("Identity", let source?): name = source
      case ("Constant", nil):
        guard let value = node.constantValue else { return nil }
        let constant = try checked(name) { () throws(TensorFault) in try decode(value) }
        return KnownTensor(name: name, constant: constant, isReadOnce: isReadOnce)
      default: return nil
      }
    }
    return nil
  }
}

extension Onnx_NodeProto {
  /// The numbers of a Constant node as a tensor; nil for text and sparse values.
  var constantValue: Onnx_TensorProto? {
    guard let attribute = attribute.first else { return nil }
    var tensor = Onnx_TensorProto()
    switch attribute.name {
    case "value": return attribute.t
    case "value_float", "value_floats":
      let values = attribute.name == "value_float" ? [attribute.f] : attribute.floats
      tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
      tensor.floatData = values
      tensor.dims = attribute.name == "value_float" ? [] : [Int64(values.count)]
    case "value_int", "value_ints":
      let values = attribute.name == "value_int" ? [attribute.i] : attribute.ints
      tensor.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
      tensor.int64Data = values
      tensor.dims = attribute.name == "value_int" ? [] : [Int64(values.count)]
    default: return nil
    }
    return tensor
  }
}
