import IR
import Operators

extension Graph {
  /// Nodes of the layers around products of two activations: those that lead to one without another layer between, and
  /// those that follow so.
  var attentionLayers: Set<ValueID> {
    let layers = Set(layers.map(\.node))
    let products = nodes.filter { node in node.op is MatMul && node.inputs.allSatisfy { isComputed($0) } }
    var users: [ValueID: [ValueID]] = [:]
    for node in nodes { for operand in node.inputs { users[operand, default: []].append(node.output) } }
    let before = nearest(layers, from: products.flatMap(\.inputs)) { self.node($0)?.inputs ?? [] }
    let behind = nearest(layers, from: products.flatMap { users[$0.output] ?? [] }) { users[$0] ?? [] }
    return before.union(behind)
  }

  private func isComputed(_ id: ValueID) -> Bool { node(id) != nil }

  /// The layers that are met first on every way from some values.
  private func nearest(
    _ layers: Set<ValueID>, from start: [ValueID], _ next: (ValueID) -> [ValueID]
  ) -> Set<ValueID> {
    var found: Set<ValueID> = []
    var seen: Set<ValueID> = []
    var open = start
    while let id = open.popLast() {
      guard seen.insert(id).inserted else { continue }
      if layers.contains(id) { found.insert(id) } else { open += next(id) }
    }
    return found
  }
}
