import IR

extension UpdatePolicy {
  /// The presets that are names alone; `last-<k>`, `half:<seed>` and `part-<i>-of-<k>` take numbers.
  public static let presets = ["head", "bias", "full", "scale", "attention"]

  /// A preset by name, written out for one network; all of them train the head, the last weighted layer.
  ///
  /// - `head`: nothing else.
  /// - `bias`: every bias (Cai et al., TinyTL, 2020).
  /// - `scale`: the scales and shifts of all normalizations.
  /// - `attention`: the layers that queries, keys and values come from, and the one behind each attention.
  /// - `half:<seed>`: half of the weighted layers, drawn by a seed (Hui et al., Half Fine-Tuning, 2024).
  /// - `part-<i>-of-<k>`: the i-th of k equal parts of the weighted layers, counted from the output.
  /// - `last-<k>`: weights and biases from the k-th last weighted layer on.
  /// - `full`: everything.
  /// - Throws: `PolicyError.unknownPreset`, `nothingTrained`, `lacks`.
  public static func preset(_ name: String, for graph: Graph) throws(PolicyError) -> UpdatePolicy {
    let layers = graph.layers
    let weighted = layers.indices.filter { layers[$0].kind == .weighted }
    guard let head = weighted.last else { throw .nothingTrained }
    func entries(_ indices: some Sequence<Int>, _ train: Train = .full) -> [Entry] {
      indices.map { Entry(match: escapeGlob(graph[layers[$0].weight].name), train: train) }
    }
    switch name {
    case "full": return UpdatePolicy(default: .full, layers: [])
    case "head": return UpdatePolicy(layers: entries([head]))
    case "bias": return UpdatePolicy(default: .bias, layers: entries([head]))
    case "scale":
      let normalizations = layers.indices.filter { layers[$0].kind == .normalization }
      guard !normalizations.isEmpty else { throw .lacks(preset: name, what: "normalization") }
      return UpdatePolicy(layers: entries(normalizations) + entries([head]))
    case "attention":
      let attention = graph.attentionLayers
      let found = weighted.filter { attention.contains(layers[$0].node) && $0 != head }
      guard !found.isEmpty else { throw .lacks(preset: name, what: "attention") }
      return UpdatePolicy(layers: entries(found + [head]))
    default: break
    }
    if name.hasPrefix("half:"), let seed = UInt64(name.dropFirst(5)) {
      return UpdatePolicy(layers: entries(half(weighted.dropLast(), seed: seed) + [head]))
    }
    if let part = part(name, of: weighted) { return UpdatePolicy(layers: entries(part.filter { $0 != head } + [head])) }
    guard name.hasPrefix("last-"), let k = Int(name.dropFirst(5)), k > 0 else { throw .unknownPreset(name) }
    return UpdatePolicy(layers: entries(weighted[max(0, weighted.count - k)]..<layers.count))
  }

  /// The layers of `part-<i>-of-<k>`, in their order.
  private static func part(_ name: String, of layers: [Int]) -> [Int]? {
    let words = name.split(separator: "-")
    guard words.count == 4, words[0] == "part", words[2] == "of", let part = Int(words[1]), let parts = Int(words[3]),
      part >= 1, part <= parts, parts <= layers.count
    else { return nil }
    let end = layers.count - (part - 1) * layers.count / parts
    let start = layers.count - part * layers.count / parts
    return Array(layers[start..<end])
  }

  /// Half of some layers, in their order.
  private static func half(_ layers: ArraySlice<Int>, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    return layers.shuffled(using: &generator).prefix(layers.count / 2).sorted()
  }
}
