import IR
import Operators

/// Softmax and LogSoftmax along one axis (opset 13 and later).
func softmax(isLog: Bool) -> Rule.Apply {
  { (node, b) throws(NodeFault) in
    let x = try b.value(node, 0)
    let axis = try node.axis(node.int("axis", default: -1), rank: x.view.rank, name: "axis")
    let position = x.view.positions[axis]
    let op: any Operator = isLog ? LogSoftmax(axis: position) : Softmax(axis: position)
    return [.value(Activation(id: try b.append(op, [b.aligned(x)], label: node.label), view: x.view))]
  }
}
