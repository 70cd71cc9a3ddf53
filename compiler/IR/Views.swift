extension Graph {
  /// The value that owns the bytes of `id`: itself, or the value that it is a view of.
  public func content(of id: ValueID) -> ValueID {
    var id = id
    while let node = node(id), case .view(let operand) = node.op.sharing { id = node.inputs[operand] }
    return id
  }

  public func isConstant(_ id: ValueID) -> Bool {
    if case .constant = self[id].definition { true } else { false }
  }
}
