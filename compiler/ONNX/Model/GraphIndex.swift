import IR

/// Who makes and who reads the tensors of a graph.
struct GraphIndex {
  /// Index of the node that makes a tensor.
  private(set) var producers: [String: Int] = [:]
  /// How often a tensor is read: by nodes, by graphs inside them, and as a result of the model.
  private(set) var uses: [String: Int] = [:]
  /// Results of the model.
  private var results: Set<String> = []
  /// Index of an initializer.
  private(set) var initializers: [String: Int] = [:]

  init(_ graph: Onnx_GraphProto) {
    for (index, node) in graph.node.enumerated() {
      for name in node.output where !name.isEmpty { producers[name] = index }
    }
    for (index, tensor) in graph.initializer.enumerated() { initializers[tensor.name] = index }
    results = Set(graph.output.map(\.name))
    count(graph)
  }

  /// Whether a tensor is a result of the model.
  func isResult(_ name: String) -> Bool { results.contains(name) }

  private mutating func count(_ graph: Onnx_GraphProto) {
    for output in graph.output { uses[output.name, default: 0] += 1 }
    for node in graph.node {
      for name in node.input where !name.isEmpty { uses[name, default: 0] += 1 }
      for attribute in node.attribute {
        for inner in (attribute.hasG ? [attribute.g] : []) + attribute.graphs { count(inner) }
      }
    }
  }

  /// Indices of the nodes that a tensor is computed by, graphs inside of nodes left out.
  func nodes(leadingTo name: String, in graph: Onnx_GraphProto) -> Set<Int> {
    var found: Set<Int> = []
    var waiting = [name]
    while let name = waiting.popLast() {
      guard let position = producers[name], found.insert(position).inserted else { continue }
      waiting += graph.node[position].input
    }
    return found
  }

  /// Whether a tensor of this name exists.
  func contains(_ name: String) -> Bool {
    producers[name] != nil || initializers[name] != nil || uses[name] != nil
  }

  /// `name`, or the first of `name.2`, `name.3`, ... that no tensor has yet.
  func unused(_ name: String) -> String { unusedName(name, isTaken: contains) }
}

/// Where the file states the values of a tensor.
struct TensorSource {
  /// Name of the initializer, or of a Constant node's output.
  let name: String
  /// The message, which in an initializer lacks its raw bytes.
  let tensor: Onnx_TensorProto
  let isInitializer: Bool
  /// Whether one node alone reads it.
  let isReadOnce: Bool
}

/// A tensor whose values the file states.
struct KnownTensor {
  let name: String
  let constant: Constant
  let isReadOnce: Bool
}

extension ONNXModel {
  /// The initializer or Constant node behind `name`, through any Identity nodes; nil for what is computed.
  func source(of name: String, _ index: GraphIndex) -> TensorSource? {
    var name = name
    var isReadOnce = true
    // A graph of n nodes has no longer chain, unless it goes in a circle.
    for _ in 0...proto.graph.node.count {
      isReadOnce = isReadOnce && index.uses[name] == 1
      guard let producer = index.producers[name] else {
        guard let position = index.initializers[name] else { return nil }
        let tensor = proto.graph.initializer[position]
        return TensorSource(name: name, tensor: tensor, isInitializer: true, isReadOnce: isReadOnce)
      }
      let node = proto.graph.node[producer]
      if node.isOperator("Identity"), let source = node.input.first {
        name = source
      } else {
        guard node.isOperator("Constant"), let value = node.constantValue else { return nil }
        return TensorSource(name: name, tensor: value, isInitializer: false, isReadOnce: isReadOnce)
      }
    }
    return nil
  }

  /// The values behind `name`, in a model that was imported, so that whatever is known can be read; nil for what is
  /// computed.
  func readable(_ name: String, _ index: GraphIndex) -> Constant? {
    do { return try known(name, index)?.constant } catch { preconditionFailure("a tensor was read before: \(error)") }
  }

  /// The values behind `name`; nil for what is computed.
  ///
  /// - Throws: `ImportError.tensor` when they cannot be read.
  func known(_ name: String, _ index: GraphIndex) throws(ImportError) -> KnownTensor? {
    guard let source = source(of: name, index) else { return nil }
    let constant: Constant?
    if source.isInitializer {
      constant = try initializer(source.name)
    } else {
      constant = try checked(source.name) { () throws(TensorFault) in try decode(source.tensor) }
    }
    guard let constant else { return nil }
    return KnownTensor(name: source.name, constant: constant, isReadOnce: source.isReadOnce)
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

extension ONNXModel {
  /// The last node on the way to a result that gives its operand another shape.
  public func lastChangeOfShape(_ result: String) -> String? {
    let leading = GraphIndex(proto.graph).nodes(leadingTo: result, in: proto.graph)
    let names = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"]
    let last = proto.graph.node.indices.last { position in
      leading.contains(position) && names.contains { proto.graph.node[position].isOperator($0) }
    }
    return last.map { proto.graph.node[$0].displayName }
  }
}
