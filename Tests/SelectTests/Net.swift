import IR
import Operators

/// conv → normalization → depthwise → head, with names as networks have them; what trains is all constants.
func smallNetwork() throws -> Graph {
  var graph = Graph()
  func constant(_ name: String, _ shape: Int...) -> ValueID {
    let type = TensorType(shape)
    return graph.constant(name, Constant(type, floats: (0..<type.count).map { Float($0) }))
  }
  let same = Sliding(pads: [1, 1, 1, 1])
  let x = graph.input("x", TensorType(1, 4, 4, 3))
  let first = try graph.append(
    Conv(same, hasBias: true), x, constant("features.0.weight", 8, 3, 3, 3), constant("features.0.bias", 8))
  let norm = try graph.append(ChannelAffine(), first, constant("features.1.weight", 8), constant("features.1.bias", 8))
  let depthwise = try graph.append(
    DepthwiseConv(same, hasBias: true), norm, constant("features.2.weight", 1, 3, 3, 8), constant("features.2.bias", 8))
  let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 16), depthwise)
  let head = try graph.append(Conv(hasBias: true), mean, constant("head.weight", 5, 1, 1, 8), constant("head.bias", 5))
  graph.outputs = [("logits", try graph.append(Reshape(shape: [1, 5]), head))]
  return graph
}

extension Graph {
  func names(_ ids: some Sequence<ValueID>) -> [String] { ids.map { self[$0].name }.sorted() }
}

/// One head of attention between dense layers; a dense layer is a convolution of one pixel.
func attentionNetwork() throws -> Graph {
  var graph = Graph()
  func dense(_ x: ValueID, _ name: String, _ outputs: Int = 4) throws -> ValueID {
    let inputs = graph.type(x).shape[3]
    let type = TensorType(outputs, 1, 1, inputs)
    let weight = graph.constant(name, Constant(type, floats: (0..<type.count).map { Float($0) }))
    return try graph.append(Conv(), x, weight)
  }
  let x = try dense(graph.input("x", TensorType(1, 1, 6, 3)), "embed")
  let (query, key, value) = (try dense(x, "query"), try dense(x, "key"), try dense(x, "value"))
  let turned = try graph.append(Transpose(perm: [0, 1, 3, 2]), key)
  let weights = try graph.append(Softmax(axis: 3), graph.append(MatMul(), query, turned))
  let mixed = try graph.append(MatMul(), weights, value)
  let hidden = try dense(graph.append(Relu(), dense(mixed, "out")), "hidden")
  graph.outputs = [("logits", try dense(hidden, "head", 5))]
  return graph
}
