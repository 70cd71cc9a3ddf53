import Foundation

/// Another number of classes, and on which axis of a tensor behind the classifier they stand.
struct ClassChange {
  let old: Int
  let new: Int
  /// Classes are the channels of a convolution, on axis 1; else they are the last axis.
  let isChannel: Bool

  /// The axis among those with these sizes that becomes another; nil when there is none or it is not clear.
  func axis(of sizes: [Int]) -> Int? {
    let candidates = sizes.indices.filter { sizes[$0] == old }
    let usual = isChannel ? 1 : sizes.count - 1
    if candidates.contains(usual) { return usual }
    return candidates.count == 1 && candidates[0] != 0 ? candidates[0] : nil
  }
}

extension Exporter {
  /// Brings what stands behind the classifier to the new number of classes: shapes of Reshape nodes, and declarations.
  ///
  /// - Throws: `ExportError.cannotFollow` for a node with weights of its own for the old classes.
  mutating func follow(_ change: ClassChange, of result: String, behind start: Int) throws(ExportError) {
    var changed: Set<String> = [result]
    for position in graph.node.indices where position > start && !removedNodes.contains(position) {
      let node = graph.node[position]
      guard node.input.contains(where: changed.contains), !node.isOperator("Shape"), !node.isOperator("Size") else {
        continue
      }
      if node.isOperator("Reshape"), node.input.count == 2 {
        try followReshape(position, change)
      } else {
        for operand in node.input where !changed.contains(operand) && !operand.isEmpty {
          guard let tensor = stated(operand)?.tensor, tensor.holdsReals else { continue }
          guard change.old == 1 || !tensor.dims.contains(Int64(change.old)) else {
            throw .cannotFollow(node: node.name, op: node.opType)
          }
        }
      }
      changed.formUnion(node.output)
    }
    for position in graph.valueInfo.indices where changed.contains(graph.valueInfo[position].name) {
      graph.valueInfo[position].replaceClasses(change)
    }
    for position in graph.output.indices where changed.contains(graph.output[position].name) {
      graph.output[position].replaceClasses(change)
    }
  }

  /// A Reshape to constant sizes gets the new number of classes among them, in a shape of its own.
  private mutating func followReshape(_ position: Int, _ change: ClassChange) throws(ExportError) {
    let name = graph.node[position].input[1]
    guard let known = try original(name), known.constant.type.dtype == .i64 else { return }
    let bytes = known.constant.bytes()
    var sizes = bytes.withUnsafeBytes { raw in
      (0..<known.constant.type.count).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    }
    if let axis = change.axis(of: sizes.map { Int($0) }) {
      sizes[axis] = Int64(change.new)
    } else {
      // A size that is left open takes whatever there is.
      guard sizes.contains(where: { $0 <= 0 }), !sizes.contains(Int64(change.old)) else {
        throw .cannotFollow(node: graph.node[position].name, op: "Reshape")
      }
      return
    }
    var tensor = Onnx_TensorProto()
    tensor.name = GraphIndex(graph).unused(known.name)
    tensor.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
    tensor.dims = [Int64(sizes.count)]
    tensor.rawData = sizes.withUnsafeBytes { Data($0) }
    add(tensor)
    graph.node[position].input[1] = tensor.name
  }
}

extension Onnx_TensorProto {
  /// Numbers that stand for real values, not for shapes or indices.
  fileprivate var holdsReals: Bool {
    [DataType.float, .int8, .uint8, .int32].contains { dataType == Int32($0.rawValue) }
  }
}

extension Onnx_ValueInfoProto {
  /// Declares the new number of classes; where it is not clear which size that is, none of them is declared.
  fileprivate mutating func replaceClasses(_ change: ClassChange) {
    guard type.tensorType.hasShape else { return }
    let sizes = type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? Int($0.dimValue) : -1 }
    if let axis = change.axis(of: sizes) {
      type.tensorType.shape.dim[axis].dimValue = Int64(change.new)
    } else {
      for axis in sizes.indices where sizes[axis] == change.old {
        type.tensorType.shape.dim[axis].value = nil
      }
    }
  }
}
