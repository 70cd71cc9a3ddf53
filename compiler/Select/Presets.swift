import IR

extension UpdatePolicy {
  /// A preset by name, written out for one network.
  ///
  /// - `head`: the last weighted layer.
  /// - `bias`: every bias, and the head's weight.
  /// - `last-<k>`: weights and biases from the k-th last weighted layer on.
  /// - `full`: everything.
  public static func preset(_ name: String, for graph: Graph) throws(PolicyError) -> UpdatePolicy {
    let layers = graph.layers
    let weighted = layers.indices.filter { layers[$0].kind == .weighted }
    func entries(from first: Int) -> [Entry] {
      layers[first...].map { Entry(match: escapeGlob(graph[$0.weight].name), train: .full) }
    }
    guard let head = weighted.last else { throw .nothingTrained }
    switch name {
    case "full": return UpdatePolicy(default: .full, layers: [])
    case "head": return UpdatePolicy(layers: [entries(from: head)[0]])
    case "bias": return UpdatePolicy(default: .bias, layers: [entries(from: head)[0]])
    default:
      guard name.hasPrefix("last-"), let k = Int(name.dropFirst(5)), k > 0 else { throw .unknownPreset(name) }
      return UpdatePolicy(layers: entries(from: weighted[max(0, weighted.count - k)]))
    }
  }
}
