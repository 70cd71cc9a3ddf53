import Foundation
import IR

/// Looks through the nodes of a float model for what becomes integers.
struct SiteFinder {
  let model: ONNXModel
  let index: GraphIndex
  let nodes: [Onnx_NodeProto]
  /// Tensors that depend on the input.
  let values: Set<String>
  private(set) var layers: [QuantizationSites.Layer] = []
  /// Index of a layer by that of its node.
  private(set) var layerAt: [Int: Int] = [:]
  /// Index of the last layer's node.
  let classifier: Int?
  /// What depends on the classifier's result.
  private let behind: Set<String>
  private let readers: [String: [Int]]
  private let results: Set<String>

  init(_ model: ONNXModel, _ values: Set<String>) {
    self.model = model
    self.values = values
    index = GraphIndex(model.proto.graph)
    nodes = model.proto.graph.node
    results = Set(model.outputNames)
    var readers: [String: [Int]] = [:]
    for (position, node) in nodes.enumerated() where !node.isOperator("Shape") && !node.isOperator("Size") {
      for name in Set(node.input).sorted() where !name.isEmpty { readers[name, default: []].append(position) }
    }
    self.readers = readers
    classifier = nodes.lastIndex { $0.isLayer && values.contains($0.input[0]) && !values.contains($0.input[1]) }
    var behind: Set<String> = []
    if let classifier {
      behind.formUnion(nodes[classifier].output)
      for node in nodes[(classifier + 1)...] where node.input.contains(where: behind.contains) {
        behind.formUnion(node.output)
      }
    }
    self.behind = behind
  }

  /// The only node that reads a tensor; nil where there are several, or where it is a result.
  func reader(_ name: String) -> Int? {
    guard !results.contains(name), index.uses[name] == 1, let list = readers[name], list.count == 1 else { return nil }
    return list[0]
  }

  // MARK: Layers

  mutating func findLayers() throws(ImportError) {
    for position in nodes.indices where position != classifier {
      guard let layer = try layer(position) else { continue }
      layerAt[position] = layers.count
      layers.append(layer)
    }
  }

  private func layer(_ position: Int) throws(ImportError) -> QuantizationSites.Layer? {
    let node = nodes[position]
    guard node.isLayer, values.contains(node.input[0]), let output = node.output.first, !behind.contains(output),
      let weight = try model.known(node.input[1], index), weight.isReadOnce, weight.constant.type.dtype == .f32
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
      if layerAt[position] != nil || position == classifier { return node.input[0] == name }
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
