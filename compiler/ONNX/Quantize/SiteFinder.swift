import Foundation
import IR

/// Looks through the nodes of a float model for what becomes integers.
struct SiteFinder {
  let model: ONNXModel
  let index: GraphIndex
  let nodes: [Onnx_NodeProto]
  /// Tensors that depend on the input.
  let values: Set<String>
  /// Weights of layers whose inputs have no form in integers.
  var left: Set<String> = []
  private(set) var layers: [QuantizationSites.Layer] = []
  private(set) var floatLayers: [QuantizationSites.FloatLayer] = []
  /// Index of a layer by that of its node.
  private(set) var layerAt: [Int: Int] = [:]
  /// Indices of the nodes of the last layers on the way to results.
  let classifiers: Set<Int>
  /// What depends on a classifier's result, and leads to no other.
  private let behind: Set<String>
  private let readers: [String: [Int]]
  private let results: Set<String>

  init(_ model: ONNXModel, _ values: Set<String>) {
    self.model = model
    self.values = values
    let graph = model.proto.graph
    let index = GraphIndex(graph)
    self.index = index
    nodes = graph.node
    results = Set(model.outputNames)
    var readers: [String: [Int]] = [:]
    for (position, node) in graph.node.enumerated() where !node.isOperator("Shape") && !node.isOperator("Size") {
      for name in Set(node.input).sorted() where !name.isEmpty { readers[name, default: []].append(position) }
    }
    self.readers = readers
    classifiers = Self.classifiers(graph, index, values)
    var behind = Set(classifiers.flatMap { graph.node[$0].output })
    for node in graph.node where node.input.contains(where: behind.contains) { behind.formUnion(node.output) }
    for classifier in classifiers {
      let before = index.nodes(leadingTo: graph.node[classifier].input[0], in: graph)
      behind.subtract(before.flatMap { graph.node[$0].output })
    }
    self.behind = behind
  }

  /// The last layers on the way to the first result, and those of others that lead to no layer of this kind.
  private static func classifiers(
    _ graph: Onnx_GraphProto, _ index: GraphIndex, _ values: Set<String>
  ) -> Set<Int> {
    let layers = Set(
      graph.node.indices.filter { position in
        let node = graph.node[position]
        return node.isLayer && values.contains(node.input[0]) && !values.contains(node.input[1])
      })
    let last = graph.output.map { output in
      lastLayers(output.name, layers, graph, index)
    }
    let all = last.reduce(into: Set()) { $0.formUnion($1) }
    let hidden = Set(all.flatMap { index.nodes(leadingTo: graph.node[$0].input[0], in: graph) })
    return all.subtracting(hidden).union(last.first?.max().map { [$0] } ?? [])
  }

  /// The layers that a result is computed from with no other between: several where they stand side by side.
  private static func lastLayers(
    _ result: String, _ layers: Set<Int>, _ graph: Onnx_GraphProto, _ index: GraphIndex
  ) -> Set<Int> {
    var found: Set<Int> = []
    var (waiting, seen): ([String], Set<String>) = ([result], [result])
    while let name = waiting.popLast() {
      guard let producer = index.producers[name] else { continue }
      guard !layers.contains(producer) else {
        found.insert(producer)
        continue
      }
      for input in graph.node[producer].input where seen.insert(input).inserted { waiting.append(input) }
    }
    return found
  }

  /// The only node that reads a tensor; nil where there are several, or where it is a result.
  func reader(_ name: String) -> Int? {
    guard !results.contains(name), index.uses[name] == 1, let list = readers[name], list.count == 1 else { return nil }
    return list[0]
  }

  // MARK: Layers

  mutating func findLayers() throws(ImportError) {
    for position in nodes.indices where !classifiers.contains(position) && hasWeights(nodes[position]) {
      if let layer = try layer(position) {
        layerAt[position] = layers.count
        layers.append(layer)
      } else {
        floatLayers.append(.init(node: nodes[position].displayName, reason: try obstacle(nodes[position])))
      }
    }
  }

  /// Whether it multiplies what depends on the input by what does not.
  private func hasWeights(_ node: Onnx_NodeProto) -> Bool {
    node.isLayer && values.contains(node.input[0]) != values.contains(node.input[1])
  }

  /// Why a layer stays in float; goes on from its name.
  private func obstacle(_ node: Onnx_NodeProto) throws(ImportError) -> String {
    guard values.contains(node.input[0]) else { return "has its matrix on the left" }
    guard !behind.contains(node.output[0]) else { return "stands behind the classifier" }
    guard let weight = try model.known(node.input[1], index), weight.constant.type.dtype == .f32 else {
      return "has a weight that the file computes, \(node.input[1])"
    }
    guard weight.isReadOnce else { return "has the weight \(weight.name), which is read more than once" }
    if left.contains(weight.name) {
      return "reads or gives what no layer of integers can, and has the weight \(weight.name)"
    }
    if node.isOperator("MatMul"), weight.constant.type.rank != 2 {
      return "has a weight of \(weight.constant.type.rank) axes, \(weight.name)"
    }
    if node.integer("transA") == 1 { return "reads its rows transposed, and has the weight \(weight.name)" }
    if node.isScaledGemm { return "has factors that are no part of its weight \(weight.name)" }
    guard node.input.count > 2 else { return "has no form in integers here" }
    return "adds \(node.input[2]), which is not one number for each output, and has the weight \(weight.name)"
  }

  private func layer(_ position: Int) throws(ImportError) -> QuantizationSites.Layer? {
    let node = nodes[position]
    guard node.isLayer, values.contains(node.input[0]), let output = node.output.first, !behind.contains(output),
      let weight = try model.known(node.input[1], index), weight.isReadOnce, weight.constant.type.dtype == .f32,
      !left.contains(weight.name)
    else { return nil }
    let shape = weight.constant.type.shape
    let isConvolution = node.isOperator("Conv")
    guard isConvolution ? shape.count > 2 : shape.count == 2 && !node.isScaledGemm else { return nil }
    let outputAxis = isConvolution || node.integer("transB") == 1 ? 0 : 1
    let groups = node.integer("group") ?? 1
    var (place, bias): ((Int, Int)?, KnownTensor?) = (nil, nil)
    var result = output
    if !node.isOperator("MatMul") {
      place = (position, 2)
      if node.input.count > 2, !node.input[2].isEmpty {
        bias = try model.known(node.input[2], index)
        guard bias?.constant.type == TensorType(shape[outputAxis]) else { return nil }
      }
    }
    if bias == nil, let sum = try biasSum(behind: output, channels: shape[outputAxis], isConvolution) {
      (place, bias) = ((sum.position, sum.operand), sum.bias)
      result = nodes[sum.position].output[0]
    }
    return QuantizationSites.Layer(
      position: position, biasOperand: place, weight: weight.name, shape: shape, weights: weight.constant.floats(),
      outputAxis: outputAxis, bias: bias?.constant.floats(), ownBias: bias.flatMap { $0.isReadOnce ? $0.name : nil },
      input: isBorder(node.input[0]) ? unpadded(node.input[0]) : node.input[0], output: result,
      isDepthwise: isConvolution && groups > 1 && groups == shape[0] && shape[1] == 1)
  }

  /// A sum behind a layer that is its bias: one number a channel, read by nothing else.
  private func biasSum(
    behind output: String, channels: Int, _ isConvolution: Bool
  ) throws(ImportError) -> (position: Int, operand: Int, bias: KnownTensor)? {
    guard let position = reader(output), nodes[position].isOperator("Add"), nodes[position].input.count == 2,
      let operand = nodes[position].input.firstIndex(where: { $0 != output }),
      let bias = try model.known(nodes[position].input[operand], index), bias.constant.type.dtype == .f32,
      bias.constant.type.count == channels, !isConvolution, bias.constant.type.shape.last == channels
    else { return nil }
    return (position, operand, bias)
  }

  /// What a padding with zeros pads, where that is how the tensor comes about; else the tensor.
  func unpadded(_ name: String) -> String {
    guard let producer = index.producers[name], isPadding(nodes[producer]) else { return name }
    return nodes[producer].input[0]
  }

  private func isPadding(_ node: Onnx_NodeProto) -> Bool {
    guard node.isOperator("Pad"), values.contains(node.input[0]),
      node.attribute.allSatisfy({ $0.name != "mode" || String(decoding: $0.s, as: UTF8.self) == "constant" })
    else { return false }
    guard node.input.count > 2, !node.input[2].isEmpty else { return true }
    let value = model.readable(node.input[2], index)
    return value?.type.dtype == .f32 && value?.floats() == [0]
  }

  // MARK: Activations

  /// In the order of the file.
  func activations() -> [QuantizationSites.Activation] {
    var roots: [String: String] = [:]
    var found: [QuantizationSites.Activation] = []
    for name in model.tensorNames where isSite(name) {
      var source: String?
      if let producer = index.producers[name], nodes[producer].movesValues { source = roots[nodes[producer].input[0]] }
      roots[name] = source ?? name
      found.append(.init(name: name, follows: source))
    }
    return found
  }

  private func isSite(_ name: String) -> Bool {
    guard values.contains(name), !behind.contains(name), readers[name] != nil, !isFolded(name), !isBorder(name) else {
      return false
    }
    return isMadeOfIntegers(name) || isReadAsIntegers(name)
  }

  /// Whether nothing but an activation function or a bias joins the tensor before it is rounded.
  private func isFolded(_ name: String) -> Bool {
    guard let position = reader(name), isMadeOfIntegers(name) else { return false }
    if nodes[position].isClip { return nodes[position].input[0] == name }
    guard let producer = index.producers[name], let layer = layerAt[producer] else { return false }
    return layers[layer].output != name
  }

  /// Whether it is padded for windows only, which then pad themselves.
  private func isBorder(_ name: String) -> Bool {
    guard let producer = index.producers[name], isPadding(nodes[producer]) else { return false }
    return (readers[name] ?? []).allSatisfy { nodes[$0].hasWindow }
  }

  private func isMadeOfIntegers(_ name: String) -> Bool {
    guard let producer = index.producers[name] else { return false }
    if layerAt[producer] != nil || isIntegerOperator(nodes[producer]) { return true }
    let node = nodes[producer]
    if node.isOperator("Add") { return layers.contains { $0.biasOperand?.position == producer } }
    return node.isClip && reader(node.input[0]) == producer && isMadeOfIntegers(node.input[0])
  }

  private func isReadAsIntegers(_ name: String) -> Bool {
    (readers[name] ?? []).contains { position in
      let node = nodes[position]
      if layerAt[position] != nil || classifiers.contains(position) { return node.input[0] == name }
      if isPadding(node) { return isBorder(node.output[0]) && isReadAsIntegers(node.output[0]) }
      return isIntegerOperator(node)
    }
  }

  /// An operator without weights that has an integer form.
  private func isIntegerOperator(_ node: Onnx_NodeProto) -> Bool {
    if node.isOperator("Add") || node.isOperator("Sum") {
      return node.input.count == 2 && node.input.allSatisfy(values.contains)
    }
    if node.isOperator("ReduceMean") { return values.contains(node.input[0]) && isOverPicture(node) }
    return node.isOperator("GlobalAveragePool") || node.isOperator("AveragePool")
  }

  /// Whether height and width are reduced.
  private func isOverPicture(_ node: Onnx_NodeProto) -> Bool {
    var axes = node.attribute.first { $0.name == "axes" }?.ints ?? []
    if node.input.count > 1, let known = model.readable(node.input[1], index), known.type.dtype == .i64 {
      axes = known.bytes().withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
    }
    return axes == [2, 3] || axes == [-2, -1] || axes == [-1, -2]
  }
}
