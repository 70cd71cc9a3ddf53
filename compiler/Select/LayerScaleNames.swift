import IR

/// Names of the factors of weights' outputs: `<weight>.scale`, with a number behind it where a layer has such a tensor.
public struct LayerScaleNames {
  private let graph: Graph
  /// Names of what layers have.
  private let taken: Set<String>

  public init(_ graph: Graph) {
    self.graph = graph
    taken = Set(graph.layers.flatMap { [$0.weight, $0.bias].compactMap(\.self) }.map { graph[$0].name })
  }

  public subscript(weight: ValueID) -> String { unusedName(graph[weight].name + ".scale", isTaken: taken.contains) }
}
