import IR

extension UpdatePolicy {
  /// The presets that are names alone; `last-<k>`, `half:<seed>` and `part-<i>-of-<k>` take numbers.
  public static let presets = ["head", "bias", "full", "scale", "attention", "tinytl", "tinytl-lite"]

  /// Whether a word is the name of a preset, whatever network it is for.
  public static func isPreset(_ name: String) -> Bool { presets.contains(name) || NumberedPreset(name) != nil }

  /// A preset by name, written out for one network; all of them train the head, the last weighted layer.
  ///
  /// - `head`: nothing else.
  /// - `bias`: every bias (Cai et al., TinyTL, 2020).
  /// - `scale`: the scales and shifts of all normalizations; where there are none, the scales of all weights.
  /// - `attention`: the layers that queries, keys and values come from, and the one behind each attention.
  /// - `half:<seed>`: half of the weighted layers, drawn by a seed (Hui et al., Half Fine-Tuning, 2024).
  /// - `tinytl`: a branch beside every block, and every bias; `tinytl-lite`: the branches alone (Cai et al., TinyTL, 2020).
  /// - `part-<i>-of-<k>`: the i-th of k equal parts of the weighted layers, counted from the output.
  /// - `last-<k>`: weights and biases from the k-th last weighted layer on.
  /// - `full`: everything.
  /// - Throws: `PolicyError.unknownPreset`, `noLayer`, `lacks`.
  public static func preset(_ name: String, for graph: Graph) throws(PolicyError) -> UpdatePolicy {
    let layers = try PresetLayers(graph)
    switch name {
    case "full": return UpdatePolicy(default: .full, layers: [])
    case "head": return UpdatePolicy(layers: layers.head)
    case "bias": return UpdatePolicy(default: .bias, layers: layers.head)
    case "scale": return UpdatePolicy(layers: layers.scales)
    case "attention": return UpdatePolicy(layers: try layers.entries(layers.attention, or: "attention", of: name))
    case "tinytl": return UpdatePolicy(default: .bias, layers: try layers.branches(of: name, bias: true))
    case "tinytl-lite": return UpdatePolicy(layers: try layers.branches(of: name, bias: false))
    default: break
    }
    guard let chosen = try layers.numbered(name) else { throw .unknownPreset(name) }
    return UpdatePolicy(layers: layers.entries(chosen))
  }
}

/// A preset whose name has numbers.
private enum NumberedPreset {
  case half(seed: UInt64)
  case last(Int)
  case part(Int, of: Int)

  init?(_ name: String) {
    let words = name.split(separator: "-", omittingEmptySubsequences: false)
    if name.hasPrefix("half:"), let seed = UInt64(name.dropFirst(5)) {
      self = .half(seed: seed)
    } else if name.hasPrefix("last-"), let count = Int(name.dropFirst(5)), count > 0 {
      self = .last(count)
    } else if words.count == 4, words[0] == "part", words[2] == "of", let part = Int(words[1]),
      let parts = Int(words[3]), part >= 1, part <= parts
    {
      self = .part(part, of: parts)
    } else {
      return nil
    }
  }
}

/// The layers of a network, as presets tell them apart; branches beside blocks are none of them.
private struct PresetLayers {
  let graph: Graph
  private let layers: [Layer]
  /// Of the weighted layers.
  private let weighted: [Int]
  private let last: Int
  /// Layers that branches stand beside.
  private let beside: [String]

  init(_ graph: Graph) throws(PolicyError) {
    self.graph = graph
    let all = graph.layers
    func block(_ layer: Layer) -> String? { LiteBlock.layer(ofBranch: graph[layer.weight].name) }
    beside = Set(all.compactMap(block)).sorted()
    layers = all.filter { block($0) == nil }
    weighted = layers.indices.filter { [layers] in layers[$0].kind == .weighted }
    guard let last = weighted.last else { throw .noLayer }
    self.last = last
  }

  var head: [UpdatePolicy.Entry] { entries([last]) }

  /// What scales the channels, as normalizations or by the weights, and the head.
  var scales: [UpdatePolicy.Entry] {
    let normalizations = layers.indices.filter { layers[$0].kind == .normalization }
    guard normalizations.isEmpty else { return entries(normalizations) }
    return weighted.dropLast().map { .init(match: escapeGlob(graph[layers[$0].weight].name), train: .scale) } + head
  }

  var attention: [Int] {
    let nodes = graph.attentionLayers
    return weighted.filter { nodes.contains(layers[$0].node) && $0 != last }
  }

  /// Trains these layers whole, and the head.
  func entries(_ indices: [Int]) -> [UpdatePolicy.Entry] {
    (indices.filter { $0 != last } + [last]).map {
      UpdatePolicy.Entry(match: escapeGlob(graph[layers[$0].weight].name), train: .full)
    }
  }

  func entries(
    _ indices: [Int], or what: String, of preset: String
  ) throws(PolicyError) -> [UpdatePolicy.Entry] {
    guard !indices.isEmpty else { throw .lacks(preset: preset, what: what) }
    return entries(indices)
  }

  /// Trains the branches beside blocks, and the head.
  func branches(of preset: String, bias: Bool) throws(PolicyError) -> [UpdatePolicy.Entry] {
    guard !beside.isEmpty else { throw .lacks(preset: preset, what: "block beside which a branch can stand") }
    return beside.map { UpdatePolicy.Entry(match: escapeGlob($0), train: .liteResidual, bias: bias) } + head
  }

  /// The layers of a preset that takes numbers; nil where it is none.
  func numbered(_ name: String) throws(PolicyError) -> [Int]? {
    switch NumberedPreset(name) {
    case .half(let seed):
      var generator = SeededGenerator(seed: seed)
      let others = weighted.dropLast()
      return others.shuffled(using: &generator).prefix(others.count / 2).sorted()
    case .last(let count):
      guard count <= weighted.count else { throw .lacks(preset: name, what: "\(count) weighted layers") }
      return Array(weighted[weighted.count - count]..<layers.count)
    case .part(let part, of: let parts):
      guard parts <= weighted.count else { throw .lacks(preset: name, what: "\(parts) weighted layers") }
      // Normalizations go with the weighted layer before them.
      func start(_ part: Int) -> Int {
        let index = weighted.count - part * weighted.count / parts
        return index == 0 ? 0 : index == weighted.count ? layers.count : weighted[index]
      }
      return Array(start(part)..<start(part - 1))
    case nil: return nil
    }
  }
}
