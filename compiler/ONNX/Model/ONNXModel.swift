import Glibc
import IR
import Runtime
import Samples
import SwiftProtobuf

/// A parsed ONNX file; the values of its initializers stay in the mapped file, or in the files beside it.
public struct ONNXModel: Sendable {
  /// Versions of the default operator set that are understood.
  public static let opsets = 11...25

  public let path: String
  let storage: any ConstantStorage
  /// The message; its initializers have lost their `raw_data`.
  var proto: Onnx_ModelProto
  /// Version of the default operator set.
  public private(set) var opset: Int
  /// Nodes that the file has in training mode, and that are read as in inference.
  public internal(set) var trainingNodes: [String] = []
  /// Integer weights that the file has in float, in front of a QuantizeLinear.
  var roundedWeights: Set<String> = []
  /// Weights of the file by the name of what is read in their place.
  var replacedTensors: [String: String] = [:]
  /// Index and raw bytes of every initializer.
  private var initializers: [String: (index: Int, rawData: Range<Int>?)]

  /// Maps and parses a file.
  ///
  /// - Throws: `ImportError`.
  public init(path: String) throws(ImportError) {
    let file: FileBytes
    do { file = try FileBytes(path: path) } catch {
      switch error {
      case .notFound: throw .notFound(path: path)
      case .cannotRead(_, let cause): throw .cannotRead(path: path, cause: cause)
      default: throw .truncated(path: path, bytes: 0, needed: 1)
      }
    }
    try self.init(file, path: path)
  }

  /// Parses a model in memory; `path` is for messages, and its folder for external data.
  ///
  /// - Throws: `ImportError`.
  public init(bytes: [UInt8], path: String) throws(ImportError) { try self.init(OwnedBytes(bytes), path: path) }

  private init(_ storage: any ConstantStorage, path: String) throws(ImportError) {
    self.path = path
    self.storage = storage
    let stripped = storage.withBytes { raw in Result { () throws(WireError) in try StrippedModel(raw) } }
    let parts: StrippedModel
    do { parts = try stripped.get() } catch {
      guard error.end <= storage.count else {
        throw .truncated(path: path, bytes: storage.count, needed: error.end)
      }
      throw .malformed(path: path, offset: error.offset)
    }
    do { proto = try Onnx_ModelProto(serializedBytes: parts.message) } catch {
      throw .malformed(path: path, offset: storage.withBytes { StrippedModel.undecodable($0) } ?? 0)
    }
    guard proto.hasGraph, !proto.graph.output.isEmpty else { throw .noGraph(path: path) }
    opset = Int(proto.opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version ?? 0)
    guard Self.opsets.contains(opset) else { throw .opset(path: path, found: opset) }
    var initializers: [String: (index: Int, rawData: Range<Int>?)] = [:]
    for (index, tensor) in proto.graph.initializer.enumerated() {
      let entry = (index, index < parts.rawData.count ? parts.rawData[index] : nil)
      guard initializers.updateValue(entry, forKey: tensor.name) == nil else {
        throw .tensor(path: path, name: tensor.name, .duplicate)
      }
    }
    self.initializers = initializers
    try expectResults()
    try readAsInference()
    try replaceIntegerProducts()
    try roundWeights()
  }

  /// Refuses nodes that compute nothing, which are nowhere in a network.
  private func expectResults() throws(ImportError) {
    let idle = proto.graph.node.filter { $0.output.allSatisfy(\.isEmpty) }
    guard idle.isEmpty else {
      throw .nodes(idle.map { NodeProblem(node: $0.displayName, op: $0.opType, domain: $0.domain, fault: .noResult) })
    }
  }

  /// SHA-256 of the file.
  public var digest: [UInt8] {
    storage.withBytes { raw in
      guard let base = raw.baseAddress else { return [] }
      let digest = Digest(of: Bytes(base: base, count: raw.count))
      return withUnsafeBytes(of: digest) { [UInt8]($0) }
    }
  }

  /// The initializer of this name in its own layout; its values by reference wherever they are raw bytes.
  ///
  /// - Throws: `ImportError.tensor`, also for a float that is not finite.
  func initializer(_ name: String) throws(ImportError) -> Constant? {
    guard let (index, rawData) = initializers[name] else { return nil }
    return try checked(name) { () throws(TensorFault) in
      try decode(proto.graph.initializer[index], raw: rawData)
    }
  }

  /// Whether a tensor is among the file's weights, and not written in a node.
  public func isInitializer(_ name: String) -> Bool { initializers[name] != nil }

  /// Where in the file the raw bytes of an initializer stand.
  func rawData(_ name: String) -> Range<Int>? { initializers[name]?.rawData }

  /// Adds initializers of names that are not taken, each with its values in the message.
  mutating func append(_ tensors: [Onnx_TensorProto]) {
    for tensor in tensors {
      initializers[tensor.name] = (proto.graph.initializer.count, nil)
      proto.graph.initializer.append(tensor)
    }
  }

  /// Declares another version of the default operator set.
  mutating func raiseOpset(to version: Int) {
    opset = version
    for index in proto.opsetImport.indices where ["", "ai.onnx"].contains(proto.opsetImport[index].domain) {
      proto.opsetImport[index].version = Int64(version)
    }
  }

  /// Renames initializers, by their old names, and adds others.
  mutating func replaceInitializers(_ renamed: [String: String], adding tensors: [Onnx_TensorProto]) {
    for (old, new) in renamed {
      guard let entry = initializers.removeValue(forKey: old) else { continue }
      proto.graph.initializer[entry.index].name = new
      initializers[new] = entry
    }
    append(tensors)
    // From version 4 on an initializer need not be an input too.
    if !tensors.isEmpty { proto.irVersion = max(proto.irVersion, 4) }
  }

  /// Puts another tensor in the place of the initializer of its name.
  mutating func replaceInitializer(_ tensor: Onnx_TensorProto) {
    guard let position = initializers[tensor.name]?.index else { return }
    proto.graph.initializer[position] = tensor
    initializers[tensor.name] = (position, nil)
    proto.graph.input.removeAll { $0.name == tensor.name }
    proto.irVersion = max(proto.irVersion, 4)
  }

  /// A constant whose floats are finite; a single infinite one is a bound.
  func checked(
    _ name: String, _ read: () throws(TensorFault) -> Constant
  ) throws(ImportError) -> Constant {
    do throws(TensorFault) {
      let constant = try read()
      if let element = constant.firstNotFinite, !constant.isInfinite { throw .notFinite(index: element) }
      return constant
    } catch { throw .tensor(path: path, name: name, error) }
  }

  /// The values of a tensor message: an initializer, or the value of a Constant node.
  ///
  /// - Parameter raw: where in the file its raw bytes stand, if they were taken out of the message.
  func decode(_ tensor: Onnx_TensorProto, raw: Range<Int>? = nil) throws(TensorFault) -> Constant {
    let type = try tensor.type
    if tensor.dataLocation == .external { return try external(tensor, type) }
    if let raw {
      guard raw.count == type.bytes else { throw .byteCount(expected: type.bytes, found: raw.count) }
      return Constant(type, storage: storage, offset: raw.lowerBound)
    }
    let bytes = tensor.hasRawData ? [UInt8](tensor.rawData) : tensor.typedBytes(type.dtype)
    guard bytes.count == type.bytes else { throw .byteCount(expected: type.bytes, found: bytes.count) }
    return Constant(type, bytes: bytes)
  }

  /// A tensor in a file beside the model, which must not lead out of the model's folder.
  private func external(_ tensor: Onnx_TensorProto, _ type: TensorType) throws(TensorFault) -> Constant {
    let entries = Dictionary(tensor.externalData.map { ($0.key, $0.value) }) { first, _ in first }
    let location = entries["location"] ?? ""
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != ".." }) else { throw .externalPath(location) }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    // A link may lead anywhere, whatever its name says.
    guard isBelow(folder.isEmpty ? "." : folder, folder + location) else { throw .externalPath(location) }
    let file: FileBytes
    do { file = try FileBytes(path: folder + location) } catch {
      switch error {
      case .notFound(let path): throw .externalNotFound(path: path)
      case .cannotRead(let path, let cause): throw .externalUnreadable(path: path, cause: cause)
      default: throw .externalRange(path: location, offset: 0, bytes: type.bytes)
      }
    }
    func number(_ key: String) throws(TensorFault) -> Int? {
      guard let text = entries[key] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw .externalNumber(path: location, key: key, value: text)
      }
      return number
    }
    let offset = try number("offset") ?? 0
    if let length = try number("length"), length != type.bytes {
      throw .externalLength(path: location, expected: type.bytes, found: length)
    }
    guard offset <= file.count, type.bytes <= file.count - offset else {
      throw .externalRange(path: location, offset: offset, bytes: type.bytes)
    }
    // What has no length goes to the end of its file.
    guard entries["length"] != nil || file.count - offset == type.bytes else {
      throw .externalLength(path: location, expected: type.bytes, found: file.count - offset)
    }
    return Constant(type, storage: file, offset: offset)
  }
}

/// Whether a file is in a folder once all links are followed; so is one that is not there.
private func isBelow(_ folder: String, _ file: String) -> Bool {
  guard let target = realpath(file, nil) else { return true }
  defer { free(target) }
  guard let whole = realpath(folder, nil) else { return false }
  defer { free(whole) }
  let root = String(cString: whole)
  return String(cString: target).hasPrefix(root.hasSuffix("/") ? root : root + "/")
}
