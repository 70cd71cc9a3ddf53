/// Operands: projected rows, rows; f32.
public struct ProjectedRowsParameters: KernelParameters {
  public var rows: Int32
  /// Rows of the projection.
  public var projected: Int32
  /// Elements of a row.
  public var columns: Int32
  /// Keys of the random signs.
  public var seed: UInt32
  public var tensor: UInt32

  public init(rows: Int, projected: Int, columns: Int, seed: UInt32, tensor: UInt32) {
    self.rows = Int32(rows)
    self.projected = Int32(projected)
    self.columns = Int32(columns)
    self.seed = seed
    self.tensor = tensor
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard (Extent() * rows * projected).value != nil, index < 2 else { return nil }
    return (Extent() * columns * (index == 0 ? projected : rows)).value
  }
}

/// y = R x, where the entries of R are signs, the same for every reader of a step, over √projected: Rᵀ R has the mean 1
/// (Bershatsky et al., Memory-Efficient Backpropagation through Large Linear Layers).
func projectedRows<S: KernelScalar>(_ call: Call, _ context: StepContext, _: S.Type) {
  let p = call.parameters(ProjectedRowsParameters.self)
  let (y, x) = (call.elements(0, S.self), call.elements(1, S.self))
  let (rows, projected, columns) = (Int(p.rows), Int(p.projected), Int(p.columns))
  let random = CounterGenerator(seed: p.seed, step: context.step, tensor: p.tensor)
  let scale = 1 / S(projected).squareRoot()
  y.first(projected &* columns).fill(0)
  for row in 0..<rows {
    let source = x.from(row &* columns)
    for target in 0..<projected {
      let isNegative = random[UInt32(row &* projected &+ target)] & 1 == 1
      let sum = y.from(target &* columns)
      for c in 0..<columns { sum[c] = isNegative ? sum[c] - source[c] : sum[c] + source[c] }
    }
  }
  for i in 0..<(projected &* columns) { y[i] *= scale }
}
