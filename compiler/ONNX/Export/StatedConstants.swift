import Foundation
import IR

extension ONNXModel {
  /// The model in which constants of its graph are initializers under their names, with the values they were imported
  /// with, and in which nothing else changes with them.
  ///
  /// A computed tensor is replaced where it stands. What the file computes from these constants, and what reads one in
  /// another form than the graph has it, gets an initializer with the values it had: in the graph it does not move either.
  func stating(_ names: Set<String>, _ origins: ConstantOrigins) -> ONNXModel {
    let names = names.union(origins.copies.filter { names.contains($0.value.source) }.keys)
    var writer = ConstantWriter(self, origins)
    for name in names.sorted() { writer.state(name) }
    for name in names.sorted() { writer.stateCopy(name) }
    writer.freezeWhatFollows()
    var result = self
    result.proto.graph.node = writer.nodes
    result.replaceInitializers(writer.renamed, adding: writer.added)
    return result
  }
}

/// Puts constants of the graph into the file as initializers.
private struct ConstantWriter {
  let model: ONNXModel
  let origins: ConstantOrigins
  let index: GraphIndex
  var nodes: [Onnx_NodeProto]
  private(set) var added: [Onnx_TensorProto] = []
  /// Initializers whose name a constant took: old and new name.
  private(set) var renamed: [String: String] = [:]
  /// Tensors whose values are those of training from now on.
  private var changing: Set<String> = []
  /// Operands that are meant to change.
  private var wanted: Set<OperandSite> = []
  private var names: Set<String>

  init(_ model: ONNXModel, _ origins: ConstantOrigins) {
    self.model = model
    self.origins = origins
    index = GraphIndex(model.proto.graph)
    nodes = model.proto.graph.node
    names = model.names(besides: [])
  }

  mutating func state(_ name: String) {
    guard let origin = origins.origins[name] else { return }
    wanted.formUnion(origin.sites)
    if let integers = origin.integers {
      let site = integers.site
      wanted.insert(site)
      if !origins.isStated(name, origin, model, index) {
        if index.uses[origin.tensor] == 1 { dropResult(origin.tensor) }
        free(name)
        added.append(Onnx_TensorProto(name, integers.values))
        names.insert(name)
        nodes[site.node].input[site.operand] = name
      }
      changing.insert(name)
      changing.formUnion(nodes[site.node].output.filter { origins.known[$0] != nil })
    } else {
      if !origins.isStated(name, origin, model, index), case .constant(let tensor)? = origins.known[origin.tensor] {
        dropResult(name)
        added.append(tensor.message(name))
      }
      changing.insert(name)
    }
  }

  /// A copy of a bias is read by its one reader.
  mutating func stateCopy(_ name: String) {
    guard let copy = origins.copies[name], let origin = origins.origins[copy.source] else { return }
    for site in origin.sites where nodes[site.node].output.contains(copy.reader) {
      guard case .constant(let tensor)? = origins.known[model.proto.graph.node[site.node].input[site.operand]] else {
        continue
      }
      free(name)
      if names.insert(name).inserted { added.append(tensor.message(name)) }
      nodes[site.node].input[site.operand] = name
      wanted.insert(site)
    }
  }

  /// Gives what depends on changing tensors, and is not meant to change, the values it had.
  mutating func freezeWhatFollows() {
    var copies: [String: String] = [:]
    for position in nodes.indices {
      let node = nodes[position]
      for (operand, name) in node.input.enumerated() where changing.contains(name) {
        guard origins.live.contains(position) else {
          // A shape does not depend on values.
          if !node.isOperator("Shape"), !node.isOperator("Size") { changing.formUnion(node.output) }
          continue
        }
        guard !wanted.contains(OperandSite(node: position, operand: operand)), let tensor = origins.known[name] else {
          continue
        }
        // The bias of a folded convolution goes by the name that folding would give it.
        let isBias = node.isOperator("Conv") && operand == 2
        let base = isBias ? node.input[1] + ".bias" : name + ".untrained"
        let copy = copies[isBias ? base : name] ?? names.insertUnused(base)
        if copies.updateValue(copy, forKey: isBias ? base : name) == nil { added.append(tensor.message(copy)) }
        nodes[position].input[operand] = copy
      }
    }
  }

  /// A node no longer computes the tensor, whose place an initializer takes.
  private mutating func dropResult(_ name: String) {
    guard let producer = index.producers[name], !nodes[producer].isOperator("Constant") else { return }
    let result = names.insertUnused(name + ".computed")
    nodes[producer].output = nodes[producer].output.map { $0 == name ? result : $0 }
  }

  /// Lets a tensor that stays have another name, for a constant that takes its own.
  private mutating func free(_ name: String) {
    let isInitializer = index.initializers[name] != nil && renamed[name] == nil
    guard isInitializer || nodes.contains(where: { $0.output.contains(name) }) else { return }
    let other = names.insertUnused(name + ".untrained")
    for position in nodes.indices {
      nodes[position].input = nodes[position].input.map { $0 == name ? other : $0 }
      nodes[position].output = nodes[position].output.map { $0 == name ? other : $0 }
    }
    if isInitializer { renamed[name] = other }
    names.remove(name)
  }
}

extension ModelTensor {
  /// The values, which must be known, as a tensor of a file.
  fileprivate func message(_ name: String) -> Onnx_TensorProto {
    switch self {
    case .constant(let tensor): tensor.message(name)
    case .integers(let integers): Onnx_TensorProto(name, integers.constant)
    case .value: preconditionFailure("what depends on the input is no constant")
    }
  }
}

extension ConstantTensor {
  fileprivate func message(_ name: String) -> Onnx_TensorProto {
    Onnx_TensorProto(name, Constant(TensorType(view.shape), floats: floats))
  }
}

extension Onnx_TensorProto {
  /// A constant of an element type that ONNX has.
  init(_ name: String, _ constant: Constant) {
    self.init()
    self.name = name
    let type: DataType =
      switch constant.type.dtype {
      case .f32: .float
      case .f64: .double
      case .i8, .q8, .bit: .int8
      case .u8: .uint8
      case .i16, .q16: .int16
      case .i32: .int32
      case .i64: .int64
      case .bool: .bool
      }
    dataType = Int32(type.rawValue)
    dims = constant.type.shape.map { Int64($0) }
    rawData = Data(constant.bytes())
  }
}
