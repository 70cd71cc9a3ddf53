import IR
import Operators

/// An axis of a value.
public struct ValueAxis: Hashable, Sendable {
  public let value: ValueID
  public let axis: Int

  public init(_ value: ValueID, _ axis: Int) {
    self.value = value
    self.axis = axis
  }
}

/// Channel dependency groups: the axes of a network whose channels must be permuted together, and which groups are
/// free.
///
/// A layer's output channels are the input channels of whatever reads them; a residual sum ties those of both branches.
public struct ChannelGroups: Sendable {
  /// Axis → group.
  private var parent: [ValueAxis: ValueAxis] = [:]
  private var fixed: Set<ValueAxis> = []

  public init(_ graph: Graph) {
    for id in graph.inputs + graph.outputs.map(\.value) { fix(ValueAxis(id, graph.type(id).rank - 1)) }
    for node in graph.nodes {
      let types = node.inputs.map(graph.type)
      let groups = (node.op as? any ChannelOrdered)?.orderedAxes(types, graph.type(node.output)) ?? []
      func axis(_ axis: TensorAxis) -> ValueAxis {
        ValueAxis(axis.operand.map { node.inputs[$0] } ?? node.output, axis.axis)
      }
      for group in groups { for other in group.dropFirst() { join(axis(group[0]), axis(other)) } }
      let listed = Set(groups.joined().map(axis))
      for id in node.inputs + [node.output] {
        let last = ValueAxis(id, graph.type(id).rank - 1)
        if !listed.contains(last), !isSingle(last, graph) { fix(last) }
      }
    }
  }

  /// Representative of an axis's group (union-find); nil where the group's order is fixed.
  public func group(_ axis: ValueAxis) -> ValueAxis? {
    let root = root(axis)
    return fixed.contains(root) ? nil : root
  }

  /// An axis without a second index has one order.
  private func isSingle(_ axis: ValueAxis, _ graph: Graph) -> Bool {
    axis.axis < 0 || graph.type(axis.value).shape[axis.axis] == 1 || graph.constant(axis.value) != nil
  }

  private func root(_ axis: ValueAxis) -> ValueAxis {
    var at = axis
    while let next = parent[at] { at = next }
    return at
  }

  private mutating func fix(_ axis: ValueAxis) { fixed.insert(root(axis)) }

  private mutating func join(_ a: ValueAxis, _ b: ValueAxis) {
    let (a, b) = (root(a), root(b))
    guard a != b else { return }
    parent[b] = a
    if fixed.remove(b) != nil { fixed.insert(a) }
  }
}
