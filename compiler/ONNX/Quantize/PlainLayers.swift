import Foundation
import IR

extension ONNXModel {
  /// The model whose Gemm layers in front of the classifier have neither factors nor biases of another form than one
  /// number for each output: W' = alpha·W and b' = beta·b; nil where there are no others.
  ///
  /// - Parameter values: names of the tensors that depend on the input.
  /// - Throws: `ImportError.tensor` for weights that cannot be read.
  public func withPlainLayers(_ values: Set<String>) throws(ImportError) -> ONNXModel? {
    let classifiers = SiteFinder(self, values).classifiers
    var plain = PlainLayers(self)
    for (position, node) in proto.graph.node.enumerated()
    where node.isOperator("Gemm") && values.contains(node.input[0]) && !classifiers.contains(position) {
      try plain.rewrite(position)
    }
    return plain.result
  }
}

private struct PlainLayers {
  private let model: ONNXModel
  private let index: GraphIndex
  private var changed: ONNXModel
  private var names: Set<String>
  private var isChanged = false
  /// Constant nodes whose place an initializer takes.
  private var removed: Set<Int> = []
  private var added: [Onnx_TensorProto] = []

  init(_ model: ONNXModel) {
    self.model = model
    changed = model
    index = GraphIndex(model.proto.graph)
    names = model.names(besides: [])
  }

  var result: ONNXModel? {
    guard isChanged else { return nil }
    var result = changed
    result.proto.graph.node = result.proto.graph.node.indices.filter { !removed.contains($0) }.map {
      result.proto.graph.node[$0]
    }
    result.replaceInitializers([:], adding: added)
    return result
  }

  /// Leaves a layer as it is whose weight is another's too, or whose bias is computed.
  mutating func rewrite(_ position: Int) throws(ImportError) {
    let node = model.proto.graph.node[position]
    let (alpha, beta) = (node.factor("alpha"), node.factor("beta"))
    guard let weight = try model.known(node.input[1], index), weight.isReadOnce, weight.constant.type.dtype == .f32,
      weight.constant.type.rank == 2, node.integer("transA") != 1, alpha != 0
    else { return }
    let outputs = weight.constant.type.shape[node.integer("transB") == 1 ? 0 : 1]
    var bias: KnownTensor?
    if node.input.count > 2, !node.input[2].isEmpty {
      bias = try model.known(node.input[2], index)
      guard let type = bias?.constant.type, type.dtype == .f32,
        type.count == 1 || type.count == outputs && type.shape.last == outputs
      else { return }
    }
    let isPlain = alpha == 1 && beta == 1 && (bias == nil || bias?.constant.type == TensorType(outputs))
    guard !isPlain else { return }
    isChanged = true
    if alpha != 1 { write(weight, weight.constant.type.shape, weight.constant.floats().map { $0 * alpha }) }
    var plain = node
    plain.attribute.removeAll { $0.name == "alpha" || $0.name == "beta" }
    plain.input = Array(node.input.prefix(2))
    if let bias, beta != 0 {
      let values = bias.constant.floats().map { $0 * beta }
      let all = values.count == outputs ? values : Array(repeating: values[0], count: outputs)
      if bias.isReadOnce {
        write(bias, [outputs], all)
        plain.input.append(node.input[2])
      } else {
        plain.input.append(names.insertUnused(weight.name + ".bias"))
        added.append(Onnx_TensorProto(plain.input[2], Constant(TensorType(outputs), floats: all)))
      }
    }
    changed.proto.graph.node[position] = plain
  }

  /// Other values for a tensor that one node alone reads.
  private mutating func write(_ tensor: KnownTensor, _ shape: [Int], _ values: [Float]) {
    let message = Onnx_TensorProto(tensor.name, Constant(TensorType(shape), floats: values))
    if let producer = index.producers[tensor.name] {
      removed.insert(producer)
      added.append(message)
    } else {
      changed.replaceInitializer(message)
    }
  }
}

extension Onnx_NodeProto {
  fileprivate func factor(_ name: String) -> Float { attribute.first { $0.name == name }?.f ?? 1 }
}
