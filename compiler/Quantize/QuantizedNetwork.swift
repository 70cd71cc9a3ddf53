import IR
import ONNX
import Operators
import Passes

/// A quantized form of a float network, which can be run beside it.
struct QuantizedNetwork {
  let network: FloatNetwork
  let biases: [[Float]?]
  let isCorrected: Bool
  let scheme: QuantizationScheme
  let model: QuantizedModel
  let runner: Runner
  let values: [String: ValueID]
  /// By activation, and of the first result.
  private(set) var activations: [String: Fidelity] = [:]
  private(set) var result = Fidelity()

  init(_ network: FloatNetwork, biases: [[Float]?], isCorrected: Bool, _ options: ImportOptions) throws {
    self.network = network
    self.biases = biases
    self.isCorrected = isCorrected
    scheme = try network.scheme(biases: biases)
    model = try network.model.quantized(network.sites, scheme)
    var options = options
    options.observed = network.sites.layers.map(\.output) + model.rounded.values.sorted()
    let graph = try ONNXModel(bytes: model.bytes, path: network.model.path).imported(options).graph
    values = Dictionary(graph.outputs.map { ($0.name, $0.value) }) { first, _ in first }
    runner = try Runner(graph)
  }

  /// Integer weights of layers that have no form in integers: what moves in front of them, or behind, stays in float, and
  /// no integer mode would train them.
  func weightsWithoutLayer(_ options: ImportOptions) throws -> Set<String> {
    let graph = try ONNXModel(bytes: model.bytes, path: network.model.path).imported(options).graph
    let fused = try graph.fusingIntegerLayers()
    let apart = fused.nodes.compactMap { node in
      node.op is Dequantize && fused.isConstant(node.inputs[0]) ? fused[node.inputs[0]].name : nil
    }
    return Set(network.sites.layers.map(\.weight)).intersection(apart)
  }

  /// Runs both networks and compares all rounded activations and the first result.
  mutating func compare(_ groups: [ArraySlice<[UInt8]>], _ progress: (Int) -> Void) throws {
    let output = network.model.outputNames[0]
    var pairs: [(name: String, exact: ValueID, rounded: ValueID)] = []
    for name in network.sites.activations.map(\.name) {
      guard let exact = network.values[name], let rounded = model.rounded[name].flatMap({ values[$0] }) else {
        continue
      }
      pairs.append((name, exact, rounded))
    }
    if let exact = network.values[output], let rounded = values[output] { pairs.append(("", exact, rounded)) }
    for group in groups {
      var seen: [ValueID: [[UInt8]]] = [:]
      try network.runner.run(group, watching: Set(pairs.map(\.exact))) { id, results in seen[id] = results }
      try runner.run(group, watching: Set(pairs.map(\.rounded))) { id, results in
        for pair in pairs where pair.rounded == id {
          for (exact, rounded) in zip(seen[pair.exact] ?? [], results) { compare(pair.name, exact, rounded) }
        }
      }
      progress(group.count)
    }
  }

  /// - Parameter name: of an activation; empty for the first result.
  private mutating func compare(_ name: String, _ exact: [UInt8], _ rounded: [UInt8]) {
    exact.withFloats { exact in
      rounded.withFloats { rounded in
        if name.isEmpty {
          result.add(exact, rounded)
        } else {
          activations[name, default: Fidelity()].add(exact, rounded)
        }
      }
    }
  }
}

extension QuantizedNetwork {
  func report(_ calibration: Calibration, samples: Int, isEqualized: Bool) -> QuantizationReport {
    let entries = network.sites.activations.compactMap { site -> QuantizationReport.Activation? in
      guard let form = scheme.activations[site.follows ?? site.name], let fidelity = activations[site.name] else {
        return nil
      }
      return QuantizationReport.Activation(
        name: site.name, scale: form.scale, zeroPoint: form.zeroPoint, decibels: fidelity.decibels,
        cosine: fidelity.cosine)
    }
    return QuantizationReport(
      calibration: calibration, samples: samples, layers: network.sites.layers.count,
      floatLayers: network.sites.floatLayers, isEqualized: isEqualized, isBiasCorrected: isCorrected,
      activations: entries, decibels: result.decibels, cosine: result.cosine)
  }
}
