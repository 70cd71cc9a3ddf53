import IR
import Operators

/// Softmax and LogSoftmax along one axis, as from opset 13 on.
func softmax(isLog: Bool) -> Rule.Apply {
  { (node, b) throws(NodeFault) in
    let x = try b.value(node, 0)
    let axis = try node.axis(node.int("axis", default: -1), rank: x.view.rank, name: "axis")
    return [.value(try b.softmax(x, axis, isLog: isLog, label: node.label))]
  }
}

/// Softmax and LogSoftmax over all axes from one on together, as up to opset 12.
func coercedSoftmax(isLog: Bool) -> Rule.Apply {
  { (node, b) throws(NodeFault) in
    let x = try b.value(node, 0)
    let shape = x.view.shape
    let axis = try node.axis(node.int("axis", default: 1), rank: shape.count, name: "axis")
    if shape[(axis + 1)...].allSatisfy({ $0 == 1 }) {
      return [.value(try b.softmax(x, axis, isLog: isLog, label: node.label))]
    }
    // The axes in front stay apart: joined to one, a batch would move memory that a single sample does not.
    let joined = try b.reshaped(.value(x), shape[..<axis] + [shape[axis...].reduce(1, *)], label: "")
    let result = try b.softmax(b.value(joined, of: node, 0), axis, isLog: isLog, label: node.label)
    return [try b.reshaped(.value(result), shape, label: node.label)]
  }
}

extension Builder {
  fileprivate mutating func softmax(
    _ x: Activation, _ axis: Int, isLog: Bool, label: String
  ) throws(NodeFault) -> Activation {
    let position = x.view.positions[axis]
    let op: any Operator = isLog ? LogSoftmax(axis: position) : Softmax(axis: position)
    return Activation(id: try append(op, [aligned(x)], label: label), view: x.view)
  }
}
