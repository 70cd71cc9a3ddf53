import IR

extension Gelu {
  public static func composed(_ id: ValueID, in graph: Graph) -> (op: any Operator, x: ValueID)? {
    graph.argumentOfGelu(id).map { (Gelu(usesTanh: false), $0) }
  }
}

extension Graph {
  /// The x of a value x · ½ · (1 + erf(x / √2)), its factors in any order.
  fileprivate func argumentOfGelu(_ id: ValueID) -> ValueID? {
    guard let node = node(id), node.op is Mul || node.op is Div || node.op is Affine else { return nil }
    for value in product(id, of: []).values {
      guard let (share, x) = normal(value) else { continue }
      let (factor, values) = product(id, of: [x, value])
      let isWhole = values == [x, value] || values == [value, x]
      if isWhole, abs(factor * share - 0.5) < 1e-6, type(x) == type(id) { return x }
    }
    return nil
  }

  /// The factor and the x of a value factor · (1 + erf(x / √2)).
  private func normal(_ id: ValueID) -> (factor: Double, x: ValueID)? {
    guard let (factor, part) = onePlus(id), let erf = node(part), erf.op is Erf, let scaled = node(erf.inputs[0]),
      let x = scaled.inputs.first(where: { scalar($0) == nil })
    else { return nil }
    let (scale, values) = product(erf.inputs[0], of: [x])
    return values == [x] && abs(scale - 0.5.squareRoot()) < 1e-6 ? (factor, x) : nil
  }

  /// The factor and the z of a value factor · (1 + z).
  private func onePlus(_ id: ValueID) -> (factor: Double, z: ValueID)? {
    guard let node = node(id) else { return nil }
    if let line = node.op as? Affine { return line.alpha == line.beta ? (line.alpha, node.inputs[0]) : nil }
    guard node.op is Add, let one = node.inputs.first(where: { scalar($0) == 1 }) else { return nil }
    return node.inputs.first { $0 != one }.map { (1, $0) }
  }

  /// A value as a number times others: the given ones, and those that are no product.
  private func product(
    _ id: ValueID, of known: Set<ValueID>, depth: Int = 3
  ) -> (factor: Double, values: [ValueID]) {
    if let number = scalar(id) { return (number, []) }
    guard !known.contains(id), depth > 0, let node = node(id) else { return (1, [id]) }
    func part(_ operand: Int) -> (factor: Double, values: [ValueID]) {
      product(node.inputs[operand], of: known, depth: depth - 1)
    }
    switch node.op {
    case let line as Affine where line.beta == 0:
      let x = part(0)
      return (line.alpha * x.factor, x.values)
    case is Mul:
      let (a, b) = (part(0), part(1))
      return (a.factor * b.factor, a.values + b.values)
    case is Div:
      guard let divisor = scalar(node.inputs[1]), divisor != 0 else { return (1, [id]) }
      let x = part(0)
      return (x.factor / divisor, x.values)
    default: return (1, [id])
    }
  }

  /// The one number of a constant.
  private func scalar(_ id: ValueID) -> Double? {
    guard isConstant(id), type(id).count == 1, type(id).dtype == .f32 else { return nil }
    return constant(id).map { Double($0.floats()[0]) }
  }
}
