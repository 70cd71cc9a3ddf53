import IR
import ONNX

/// A float model with folded normalizations, and what can be seen of its activations on the calibration samples.
struct FloatNetwork {
  let model: ONNXModel
  let sites: QuantizationSites
  let runner: Runner
  /// The value of each tensor that is watched, by name.
  let values: [String: ValueID]
  private(set) var ranges: [String: ValueRange] = [:]
  /// Largest magnitude of each channel of the activations between two convolutions.
  private(set) var channelMaxima: [String: [Float]] = [:]

  /// - Parameters:
  ///   - tensors: names of the tensors that depend on the input.
  ///   - left: weights that stay in float.
  init(_ model: ONNXModel, _ tensors: Set<String>, _ options: ImportOptions, leaving left: Set<String> = []) throws {
    self.model = model
    sites = try model.quantizationSites(tensors, leaving: left)
    var options = options
    options.observed = sites.activations.map(\.name) + sites.layers.map(\.output)
    let graph = try model.imported(options).graph
    values = Dictionary(graph.outputs.map { ($0.name, $0.value) }) { first, _ in first }
    runner = try Runner(graph)
  }

  /// The activations that have a scale of their own.
  private var roots: [(name: String, value: ValueID)] {
    sites.activations.compactMap { site in
      site.follows == nil ? values[site.name].map { (site.name, $0) } : nil
    }
  }

  /// Finds range and channel maxima of every activation.
  ///
  /// - Throws: `QuantizeError.notFinite`.
  mutating func observe(_ groups: [ArraySlice<[UInt8]>], _ progress: (Int) -> Void) throws {
    let names = Dictionary(grouping: roots, by: \.value).mapValues { $0.map(\.name) }
    let paired = Set(sites.pairs.map(\.activation))
    for group in groups {
      try runner.run(group, watching: Set(names.keys)) { id, results in
        for name in names[id] ?? [] {
          for result in results {
            try observe(name, result, channels: paired.contains(name) ? runner.channels(id) : nil)
          }
        }
      }
      progress(group.count)
    }
  }

  /// - Parameter channels: where the maximum of each is needed.
  private mutating func observe(_ name: String, _ result: [UInt8], channels: Int?) throws(QuantizeError) {
    let isFinite = result.withFloats { ranges[name, default: ValueRange()].add($0) }
    guard isFinite else { throw .notFinite(tensor: name) }
    guard let channels else { return }
    var maxima = channelMaxima[name] ?? [Float](repeating: 0, count: channels)
    result.withFloats { values in
      for (index, value) in values.enumerated() { maxima[index % channels] = max(maxima[index % channels], abs(value)) }
    }
    channelMaxima[name] = maxima
  }

  /// Narrows the ranges down by how often values occur.
  mutating func calibrate(_ options: QuantizeOptions, _ groups: [ArraySlice<[UInt8]>], _ progress: (Int) -> Void) throws
  {
    guard options.calibration != .minmax else { return }
    var histograms = ranges.mapValues { Histogram($0) }
    let names = Dictionary(grouping: roots, by: \.value).mapValues { $0.map(\.name) }
    for group in groups {
      try runner.run(group, watching: Set(names.keys)) { id, results in
        for name in names[id] ?? [] { for result in results { result.withFloats { histograms[name]?.add($0) } } }
      }
      progress(group.count)
    }
    ranges = histograms.mapValues {
      options.calibration == .mse ? $0.rangeOfLeastError() : $0.range(percentile: options.percentile)
    }
  }

  /// The integers that follow from the ranges.
  ///
  /// - Parameter biases: in place of those of the file, for each layer.
  /// - Throws: `QuantizeError.noRange` for a layer whose input is rounded nowhere: a defect.
  func scheme(biases: [[Float]?]) throws(QuantizeError) -> QuantizationScheme {
    let activations = ranges.mapValues(\.int8)
    let follows = Dictionary(sites.activations.map { ($0.name, $0.follows ?? $0.name) }) { first, _ in first }
    var layers: [QuantizationScheme.Layer] = []
    for (layer, bias) in zip(sites.layers, biases) {
      guard let root = follows[layer.input], let input = activations[root] else {
        throw .noRange(tensor: layer.input, layer: layer.weight)
      }
      layers.append(QuantizationScheme.Layer(layer, bias: bias, inputScale: input.scale))
    }
    return QuantizationScheme(activations: activations, layers: layers)
  }
}
