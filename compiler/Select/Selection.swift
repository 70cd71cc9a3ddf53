import IR
import Operators

/// What a policy trains, resolved against one network.
public struct Selection: Sendable {
  /// Constants trained whole.
  public var full: Set<ValueID> = []
  /// Weights of which a part is trained.
  public var regions: [ValueID: WeightRegion] = [:]
  /// Weights that stay, but get a trained factor for each output.
  public var scales: Set<ValueID> = []

  public var isEmpty: Bool { full.isEmpty && regions.isEmpty && scales.isEmpty }
}

extension Selection {
  /// Names of what is trained, as `Graph.promoting` gives them.
  public func names(in graph: Graph) -> Set<String> {
    let scaleNames = LayerScaleNames(graph)
    return Set(full.union(regions.keys).map { graph[$0].name } + scales.map { scaleNames[$0] })
  }
}

extension UpdatePolicy {
  /// Resolves the policy.
  ///
  /// - Throws: `PolicyError` for an entry that matches nothing, or asks for what a layer has not got.
  public func resolve(in graph: Graph) throws(PolicyError) -> Selection {
    let layers = graph.layers
    let names = layers.map { graph[$0.weight].name }
    let table = EntryTable(self)
    if let glob = entries(outside: names).first?.match {
      throw .matchesNothing(glob: glob, nearest: nearestNames(glob, in: names))
    }
    var selection = Selection()
    for (layer, name) in zip(layers, names) {
      try select(layer, table.rule(for: name), graph, &selection)
    }
    guard !selection.isEmpty else {
      if layers.isEmpty { throw .noLayer }
      throw .nothingTrained
    }
    return selection
  }

  /// The last entry that matches a weight.
  public func entry(for name: String) -> Entry? { layers.last { globMatches($0.match, name) } }

  private func select(
    _ layer: Layer, _ entry: Entry, _ graph: Graph, _ selection: inout Selection
  ) throws(PolicyError) {
    let name = graph[layer.weight].name
    switch entry.train {
    case .frozen, .bias, .liteResidual: break
    case .full: selection.full.insert(layer.weight)
    case .scale:
      switch layer.kind {
      case .normalization: selection.full.insert(layer.weight)
      case .weighted:
        // A bias that the layer reads as a multiple or repeated has no place for a factor of each output.
        let isPlain = layer.bias.map { graph.node(layer.node)?.inputs.contains($0) ?? false } ?? true
        guard isPlain, graph.node(layer.node)?.op is any ScaleTrainable else {
          throw .unsupported(tensor: name, train: .scale)
        }
        selection.scales.insert(layer.weight)
      }
    case .region:
      guard layer.kind == .weighted, graph.node(layer.node)?.op is any RegionTrainable else {
        throw .unsupported(tensor: name, train: .region)
      }
      let shape = graph.type(layer.weight).shape
      let rows = try entry.rows(of: layer, graph, tensor: name)
      let channels = try entry.region(of: shape[3], tensor: name)
      if channels.count == shape[3] && rows == nil {
        selection.full.insert(layer.weight)
      } else {
        let region = WeightRegion(channels, rows: rows)
        try layer.expectTakes(region, graph, tensor: name)
        selection.regions[layer.weight] = region
      }
    }
    if entry.trainsBias, let bias = layer.bias { selection.full.insert(bias) }
  }
}

extension Layer {
  /// Refuses a region that the operation has no form for, as with channels in groups.
  fileprivate func expectTakes(_ region: WeightRegion, _ graph: Graph, tensor: String) throws(PolicyError) {
    guard let node = graph.node(node), let op = node.op as? any RegionTrainable else { return }
    let types = node.inputs.map(graph.type) + [graph.type(weight).part(region)]
    do throws(ShapeError) { _ = try op.training(region: region).infer(types) } catch {
      throw .badRegion(
        tensor: tensor, reason: "no part of it can be trained by itself, \(error.reason); give frozen, bias or full")
    }
  }
}

extension UpdatePolicy.Entry {
  /// How many of `count` channels a ratio is; at least one.
  public static func channels(_ ratio: Double, of count: Int) -> Int { max(1, Int((ratio * Double(count)).rounded())) }

  /// The channels of a region, once those that were chosen stand first; at least one.
  func region(of count: Int, tensor: String) throws(PolicyError) -> Range<Int> {
    if let select, ratio == nil {
      throw .badRegion(tensor: tensor, reason: "\"select\": \"\(select)\" goes with a ratio")
    }
    switch (inputChannels, ratio, channels) {
    case (let bounds?, nil, nil): return try range(bounds, within: count, "input_channels", tensor: tensor)
    case (nil, let ratio?, nil):
      guard ratio > 0, ratio <= 1 else {
        throw .badRegion(tensor: tensor, reason: "ratio must be above 0 and at most 1, it is \(ratio)")
      }
      return 0..<Self.channels(ratio, of: count)
    case (nil, nil, let channels?):
      guard !channels.isEmpty, Set(channels).count == channels.count, channels.allSatisfy({ 0..<count ~= $0 }) else {
        throw .badRegion(tensor: tensor, reason: "channels must be different numbers from 0 to \(count - 1)")
      }
      return 0..<channels.count
    // Rows alone are of all channels.
    case (nil, nil, nil) where rows != nil: return 0..<count
    default: throw .badRegion(tensor: tensor, reason: "give one of input_channels, ratio and channels")
    }
  }

  /// The outputs of a region; nil where it has all of them.
  func rows(
    of layer: Layer, _ graph: Graph, tensor: String
  ) throws(PolicyError) -> Range<Int>? {
    guard let rows else { return nil }
    guard let op = graph.node(layer.node)?.op as? any RegionTrainable, type(of: op).hasRows else {
      throw .badRegion(tensor: tensor, reason: "a layer of one output for each channel has no rows")
    }
    let count = graph.type(layer.weight).shape[0]
    let range = try range(rows, within: count, "rows", tensor: tensor)
    return range.count == count ? nil : range
  }

  private func range(
    _ bounds: [Int], within count: Int, _ key: String, tensor: String
  ) throws(PolicyError) -> Range<Int> {
    guard bounds.count == 2, bounds[0] >= 0, bounds[0] < bounds[1], bounds[1] <= count else {
      throw .badRegion(tensor: tensor, reason: "\(key) must be [first, end] within 0 to \(count)")
    }
    return bounds[0]..<bounds[1]
  }
}
