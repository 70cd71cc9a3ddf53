import Foundation
import IR
import SwiftProtobuf

extension Exporter {
  /// Most bytes of a file: readers keep lengths in 32 bits with a sign.
  static let largestFile = Int(Int32.max)

  /// Dead-code elimination: the file without nodes and tensors that no result depends on, all weights inside.
  ///
  /// - Throws: `unknown` for a tensor whose new values are not in it, `tooLarge`.
  mutating func finish() throws(ExportError) -> [UInt8] {
    removeUnused()
    let outside = try weightsOutside()
    var total = outside.reduce(0) { $0 + $1.count }
    for (position, tensor) in graph.initializer.enumerated() where !removedInitializers.contains(position) {
      total += tensor.rawData.count
    }
    guard total <= Self.largestFile else { throw .tooLarge(bytes: total) }
    for weight in outside { embed(weight) }

    var proto = model.proto
    proto.graph = currentGraph()
    let index = GraphIndex(proto.graph)
    for name in written.sorted() where index.producers[name] == nil && index.initializers[name] == nil {
      throw .unknown(tensor: name)
    }
    let inputs = Set(proto.graph.input.map(\.name))
    proto.graph.valueInfo.removeAll { !index.contains($0.name) && !inputs.contains($0.name) }
    do { return try proto.serializedBytes() } catch { throw .tooLarge(bytes: total) }
  }

  /// The graph without what has been removed.
  func currentGraph() -> Onnx_GraphProto {
    var result = graph
    result.node = []
    for (position, node) in graph.node.enumerated() {
      result.node += inserted[position] ?? []
      if !removedNodes.contains(position) { result.node.append(node) }
    }
    result.initializer = []
    for (position, tensor) in graph.initializer.enumerated() where !removedInitializers.contains(position) {
      result.initializer.append(tensor)
    }
    return result
  }

  /// Removes weights and Constant nodes that no node reads, and nodes whose last reader has been removed.
  mutating func removeUnused() {
    var uses: [String: Int] = [:]
    var dead: [Int] = []
    repeat {
      uses = GraphIndex(currentGraph()).uses
      dead = graph.node.indices.filter { position in
        let node = graph.node[position]
        return !removedNodes.contains(position) && node.output.allSatisfy { uses[$0] == nil }
          && (node.isOperator("Constant") || node.output.contains { index.uses[$0] != nil })
      }
      removedNodes.formUnion(dead)
    } while !dead.isEmpty
    var unused: Set<String> = []
    for (position, tensor) in graph.initializer.enumerated() where uses[tensor.name] == nil {
      removedInitializers.insert(position)
      unused.insert(tensor.name)
    }
    graph.input.removeAll { unused.contains($0.name) }
  }

  /// Values of a tensor that its message does not have yet.
  private struct OutsideWeight {
    /// Index of the initializer, or of the Constant node.
    let position: Int
    let isInitializer: Bool
    let storage: any ConstantStorage
    let offset: Int
    let count: Int
  }

  /// What is still in the mapped file or beside it.
  private func weightsOutside() throws(ExportError) -> [OutsideWeight] {
    var result: [OutsideWeight] = []
    for (position, tensor) in graph.initializer.enumerated() where !removedInitializers.contains(position) {
      if tensor.dataLocation == .external {
        let values = try external(tensor, name: tensor.name)
        result.append(
          OutsideWeight(
            position: position, isInitializer: true, storage: values.storage, offset: values.offset,
            count: values.type.bytes))
      } else if !tensor.hasRawData, position < model.proto.graph.initializer.count,
        let range = model.rawData(tensor.name)
      {
        result.append(
          OutsideWeight(
            position: position, isInitializer: true, storage: model.storage, offset: range.lowerBound,
            count: range.count))
      }
    }
    for (position, node) in graph.node.enumerated() where !removedNodes.contains(position) {
      guard node.isOperator("Constant"), let value = node.attribute.first?.t, value.dataLocation == .external else {
        continue
      }
      let values = try external(value, name: node.output.first ?? "")
      result.append(
        OutsideWeight(
          position: position, isInitializer: false, storage: values.storage, offset: values.offset,
          count: values.type.bytes))
    }
    return result
  }

  private func external(_ tensor: Onnx_TensorProto, name: String) throws(ExportError) -> Constant {
    do throws(TensorFault) { return try model.decode(tensor) } catch {
      throw .model(.tensor(path: model.path, name: name, error))
    }
  }

  private mutating func embed(_ weight: OutsideWeight) {
    let bytes = weight.storage.withBytes { Data($0[weight.offset..<(weight.offset + weight.count)]) }
    if weight.isInitializer {
      graph.initializer[weight.position].embed(bytes)
    } else {
      graph.node[weight.position].attribute[0].t.embed(bytes)
    }
  }
}

extension Onnx_TensorProto {
  fileprivate mutating func embed(_ bytes: Data) {
    externalData = []
    clearDataLocation()
    rawData = bytes
  }
}
