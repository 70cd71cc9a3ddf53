import Foundation
import IR

/// Scales, zero points and integers of a quantized model.
public struct QuantizationScheme: Sendable {
  /// real = scale · (integer − zero point), integers of int8.
  public struct Activation: Hashable, Sendable {
    public var scale: Float
    public var zeroPoint: Int

    public init(scale: Float, zeroPoint: Int) {
      self.scale = scale
      self.zeroPoint = zeroPoint
    }
  }

  /// Symmetric integers, one scale for each output channel.
  public struct Layer: Sendable {
    /// In the order of the file.
    public var weights: [Int8]
    public var scales: [Float]
    /// In units of scale of the input x scale of the channel; nil where the layer has no bias.
    public var bias: [Int32]?
    public var biasScales: [Float]

    public init(weights: [Int8], scales: [Float], bias: [Int32]?, biasScales: [Float]) {
      self.weights = weights
      self.scales = scales
      self.bias = bias
      self.biasScales = biasScales
    }
  }

  /// By name, those that follow another left out.
  public var activations: [String: Activation]
  /// For each layer of the sites.
  public var layers: [Layer]

  public init(activations: [String: Activation], layers: [Layer]) {
    self.activations = activations
    self.layers = layers
  }
}

/// A file with QuantizeLinear and DequantizeLinear nodes.
public struct QuantizedModel: Sendable {
  public let bytes: [UInt8]
  /// Name of each activation's rounded values.
  public let rounded: [String: String]
}

extension ONNXModel {
  /// The model with QuantizeLinear and DequantizeLinear around everything that becomes integers (ONNX, opset 13).
  ///
  /// Integers have the names of the floats they stand for: weights, biases. Where a layer had no bias of its own it is
  /// `<weight>.bias`. Tensors between nodes keep their names; what reads an activation reads `<name>.dequantized`.
  ///
  /// - Throws: `ExportError`.
  public func quantized(
    _ sites: QuantizationSites, _ scheme: QuantizationScheme
  ) throws(ExportError) -> QuantizedModel {
    var writer = try QuantizedWriter(self)
    for (layer, integers) in zip(sites.layers, scheme.layers) { writer.write(layer, integers) }
    for activation in sites.activations { writer.round(activation, scheme) }
    return QuantizedModel(bytes: try writer.exporter.finish(), rounded: writer.rounded)
  }
}

/// Puts integers and roundings into a file's graph.
private struct QuantizedWriter {
  var exporter: Exporter
  private(set) var rounded: [String: String] = [:]
  private var names: Set<String>
  /// Names of the scale and zero point of an activation.
  private var scales: [String: [String]] = [:]

  init(_ model: ONNXModel) throws(ExportError) {
    exporter = try Exporter(model, [])
    names = Set(model.tensorNames + model.proto.graph.initializer.map(\.name))
  }

  // MARK: Layers

  mutating func write(_ layer: QuantizationSites.Layer, _ integers: QuantizationScheme.Layer) {
    let zeros = [Int8](repeating: 0, count: integers.scales.count)
    let weight = dequantized(
      .init(layer.weight, layer.shape, integers.weights), layer.weight, integers.scales, zeros,
      axis: layer.outputAxis, before: layer.position)
    exporter.graph.node[layer.position].input[1] = weight
    guard let bias = integers.bias, let place = layer.biasOperand else { return }
    let name = layer.ownBias ?? names.insertUnused(layer.weight + ".bias")
    let shape = place.position == layer.position || layer.ownBias == nil ? [bias.count] : biasShape(layer, bias.count)
    let result = dequantized(
      .init(name, shape, bias), name, integers.biasScales, nil, axis: shape.count - 1, before: place.position)
    var inputs = exporter.graph.node[place.position].input
    while inputs.count <= place.operand { inputs.append("") }
    inputs[place.operand] = result
    exporter.graph.node[place.position].input = inputs
  }

  /// A bias that is added by a node of its own keeps its shape.
  private func biasShape(_ layer: QuantizationSites.Layer, _ count: Int) -> [Int] {
    guard let name = layer.ownBias, let source = exporter.model.source(of: name, exporter.index) else { return [count] }
    return source.tensor.dims.map { Int($0) }
  }

  /// Takes the place of a float tensor, or is new, and gives the name of its real values.
  private mutating func dequantized(
    _ tensor: Onnx_TensorProto, _ name: String, _ scales: [Float], _ zeros: [Int8]?, axis: Int, before position: Int
  ) -> String {
    remove(name)
    exporter.add(tensor)
    var inputs = [name, names.insertUnused(name + ".scale")]
    exporter.add(.init(inputs[1], [scales.count], scales))
    if let zeros {
      inputs.append(names.insertUnused(name + ".zero_point"))
      exporter.add(.init(inputs[2], [zeros.count], zeros))
    }
    var node = Onnx_NodeProto("DequantizeLinear", inputs, names.insertUnused(name + ".dequantized"))
    node.attribute = [.integer("axis", axis)]
    exporter.inserted[position, default: []].append(node)
    return node.output[0]
  }

  /// Takes away the initializer or Constant node of this name, and what is declared of it.
  private mutating func remove(_ name: String) {
    exporter.graph.valueInfo.removeAll { $0.name == name }
    if let producer = exporter.index.producers[name] {
      exporter.removedNodes.insert(producer)
    } else if let position = exporter.index.initializers[name] {
      exporter.removedInitializers.insert(position)
      exporter.graph.input.removeAll { $0.name == name }
    }
  }

  // MARK: Activations

  /// Rounds an activation in front of its first reader, and lets all of them read the result.
  mutating func round(_ site: QuantizationSites.Activation, _ scheme: QuantizationScheme) {
    let root = site.follows ?? site.name
    guard let activation = scheme.activations[root] else { return }
    let operands = scales[root] ?? [names.insertUnused(root + ".scale"), names.insertUnused(root + ".zero_point")]
    if scales.updateValue(operands, forKey: root) == nil {
      exporter.add(.init(operands[0], [], [activation.scale]))
      exporter.add(.init(operands[1], [], [Int8(activation.zeroPoint)]))
    }
    let quantize = Onnx_NodeProto(
      "QuantizeLinear", [site.name] + operands, names.insertUnused(site.name + ".quantized"))
    let dequantize = Onnx_NodeProto(
      "DequantizeLinear", [quantize.output[0]] + operands, names.insertUnused(site.name + ".dequantized"))
    var first: Int?
    for position in exporter.graph.node.indices where !exporter.removedNodes.contains(position) {
      let node = exporter.graph.node[position]
      guard node.input.contains(site.name), !node.isOperator("Shape"), !node.isOperator("Size") else { continue }
      first = first ?? position
      exporter.graph.node[position].input = node.input.map { $0 == site.name ? dequantize.output[0] : $0 }
    }
    guard let first else { return }
    exporter.inserted[first, default: []] += [quantize, dequantize]
    rounded[site.name] = dequantize.output[0]
  }
}

extension Onnx_TensorProto {
  fileprivate init<T: BitwiseCopyable>(_ name: String, _ shape: [Int], _ values: [T]) {
    self.init()
    self.name = name
    let type: DataType = T.self == Int8.self ? .int8 : T.self == Int32.self ? .int32 : .float
    dataType = Int32(type.rawValue)
    dims = shape.map { Int64($0) }
    rawData = values.withUnsafeBytes { Data($0) }
  }
}
