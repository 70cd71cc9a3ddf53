import IR

extension Graph {
  /// The same graph in double precision, constants and variables widened.
  public func inDouble() throws -> Graph {
    var rewriter = Rewriter(self)
    for id in ids {
      let name = self[id].name
      switch self[id].definition {
      case .input: rewriter[id] = rewriter.graph.input(name, type(id).inDouble, kind: self[id].kind)
      case .constant(let c): rewriter[id] = rewriter.graph.constant(name, c.inDouble, kind: self[id].kind)
      case .variable(let c): rewriter[id] = rewriter.graph.variable(name, c.inDouble, kind: self[id].kind)
      case .operation: try rewriter.copy(id)
      }
    }
    return rewriter.finish()
  }

  /// The same graph with another value for a constant or variable.
  public func setting(_ target: ValueID, to constant: Constant) throws -> Graph {
    var rewriter = Rewriter(self)
    for id in ids {
      if id == target, isVariable(id) {
        rewriter[id] = rewriter.graph.variable(self[id].name, constant)
      } else if id == target {
        rewriter[id] = rewriter.graph.constant(self[id].name, constant)
      } else {
        try rewriter.copy(id)
      }
    }
    return rewriter.finish()
  }
}

extension Constant {
  fileprivate var inDouble: Constant {
    guard type.dtype == .f32 else { return self }
    return Constant(type.inDouble, bytes: floats().map(Double.init).withUnsafeBytes { [UInt8]($0) })
  }
}

/// The elements of dense bytes.
public func doubles(_ bytes: [UInt8]) -> [Double] {
  bytes.withUnsafeBytes { raw in
    stride(from: 0, to: raw.count, by: 8).map { raw.loadUnaligned(fromByteOffset: $0, as: Double.self) }
  }
}
