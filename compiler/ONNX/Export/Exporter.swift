import Foundation
import IR

/// A file's graph while trained values go into it.
///
/// Nodes and initializers keep their indices until the end; what goes is only marked.
struct Exporter {
  let model: ONNXModel
  var graph: Onnx_GraphProto
  /// Who makes and reads what in the file as it was.
  let index: GraphIndex
  var removedNodes: Set<Int> = []
  var removedInitializers: Set<Int> = []
  /// Nodes to be put in front of the node with this index.
  var inserted: [Int: [Onnx_NodeProto]] = [:]
  /// Names of the tensors that got new values; all of them must be in the exported file.
  var written: Set<String> = []
  /// What was added and is read again on the way.
  var made: [String: Constant] = [:]
  /// Values that have not found their place yet.
  var given: [String: ExportTensor] = [:]

  init(_ model: ONNXModel, _ tensors: [ExportTensor]) throws(ExportError) {
    self.model = model
    graph = model.proto.graph
    index = GraphIndex(graph)
    for tensor in tensors {
      guard given.updateValue(tensor, forKey: tensor.name) == nil else { throw .duplicate(tensor: tensor.name) }
      try Self.expectFinite(tensor.values, of: tensor.name)
    }
  }

  static func expectFinite(_ values: [Float], of name: String) throws(ExportError) {
    if let element = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(tensor: name, index: element) }
  }

  func reading<T>(_ read: () throws(ImportError) -> T) throws(ExportError) -> T {
    do { return try read() } catch { throw .model(error) }
  }

  /// The tensor behind an operand as the file has it; nil for what is computed.
  func original(_ name: String) throws(ExportError) -> KnownTensor? {
    if let constant = made[name] { return KnownTensor(name: name, constant: constant, isReadOnce: true) }
    return try reading { () throws(ImportError) in try model.known(name, index) }
  }

  /// The values that are given for a tensor, which are then taken care of.
  mutating func take(_ name: String, count: Int) throws(ExportError) -> [Float]? {
    guard let tensor = given[name] else { return nil }
    guard tensor.values.count == count else { throw .count(tensor: name, expected: count, found: tensor.count) }
    given[name] = nil
    return tensor.values
  }

  /// New floats for a tensor of the file, which keeps its shape.
  mutating func write(_ name: String, _ values: [Float]) throws(ExportError) {
    try write(name, .floats(values))
  }

  /// New values for a tensor of the file, which keeps its shape.
  mutating func write(_ name: String, _ values: ExportTensor.Storage) throws(ExportError) {
    written.insert(name)
    if let producer = index.producers[name] {
      let node = graph.node[producer]
      guard node.isOperator("Constant"), var tensor = node.constantValue else {
        throw .computed(tensor: name, op: node.opType)
      }
      try tensor.replaceValues(values, name: name)
      var attribute = Onnx_AttributeProto()
      attribute.name = "value"
      attribute.type = .tensor
      attribute.t = tensor
      graph.node[producer].attribute = [attribute]
    } else if let position = index.initializers[name] {
      try graph.initializer[position].replaceValues(values, name: name)
    } else {
      throw .unknown(tensor: name)
    }
  }

  /// A new initializer.
  mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) throws(ExportError) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
    try tensor.replaceValues(.floats(values), name: name)
    written.insert(name)
    add(tensor)
  }

  mutating func add(_ tensor: Onnx_TensorProto) {
    graph.initializer.append(tensor)
    // Up to version 3 every initializer is an input too.
    guard model.proto.irVersion < 4 else { return }
    var input = Onnx_ValueInfoProto()
    input.name = tensor.name
    input.type.tensorType.elemType = tensor.dataType
    input.type.tensorType.shape.dim = tensor.dims.map { size in
      var dimension = Onnx_TensorShapeProto.Dimension()
      dimension.dimValue = size
      return dimension
    }
    graph.input.append(input)
  }

  /// Values whose tensors are the file's own.
  mutating func writeRest() throws(ExportError) {
    for name in given.keys.sorted() {
      guard let tensor = given[name] else { continue }
      if case .floats(let values) = tensor.storage, isInteger(name) {
        try writeReal(name, values)
      } else {
        try write(name, tensor.storage)
      }
      given[name] = nil
    }
  }
}
