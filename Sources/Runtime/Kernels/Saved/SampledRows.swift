/// Operands: some rows, all rows; f32, i8, q8 or q16, which keep their scale.
public struct SampledRowsParameters: KernelParameters {
  public var rows: Int32
  /// Rows that are taken.
  public var taken: Int32
  /// Elements of a row.
  public var columns: Int32
  /// Raw value of `ElementType`.
  public var element: Int32
  /// Keys of the random number that says where to begin.
  public var seed: UInt32
  public var tensor: UInt32

  public init(rows: Int, taken: Int, columns: Int, element: ElementType, seed: UInt32, tensor: UInt32) {
    self.rows = Int32(rows)
    self.taken = Int32(taken)
    self.columns = Int32(columns)
    self.element = Int32(element.rawValue)
    self.seed = seed
    self.tensor = tensor
  }

  var elementType: ElementType { ElementType(rawValue: UInt8(truncatingIfNeeded: element)) ?? .f32 }

  public func extent(of index: Int) -> Int? {
    guard 0 < taken, taken <= rows, rows < 1 << 24, ElementType(rawValue: UInt8(clamping: element)) != nil,
      elementType.isSampled
    else { return nil }
    return index < 2 ? (Extent() * columns * (index == 0 ? taken : rows)).value : nil
  }

  public func type(of index: Int) -> OperandType { .element(elementType) }
}

extension ElementType {
  fileprivate var isSampled: Bool { self == .f32 || self == .i8 || self == .q8 || self == .q16 }
}

/// Every n-th row from a random one on, around the end: each is taken as often as any other, so that a sum over the rows
/// that are taken, times rows / taken, has the mean of the sum over all (Adelman et al., Faster Neural Network Training with
/// Approximate Tensor Operations; Liu et al., Winner-Take-All Column Row Sampling).
func sampledRows(_ call: Call, _ context: StepContext) {
  let p = call.parameters(SampledRowsParameters.self)
  switch p.elementType {
  case .i8: take(call, p, context, Int8.self)
  case .q8:
    take(call, p, context, Int8.self)
    call.setGradientScale(0, .q8, call.gradientScale(1, .q8))
  case .q16:
    take(call, p, context, Int16.self)
    call.setGradientScale(0, .q16, call.gradientScale(1, .q16))
  default: take(call, p, context, Float.self)
  }
}

private func take<E: BitwiseCopyable>(_ call: Call, _ p: SampledRowsParameters, _ context: StepContext, _: E.Type) {
  let (y, x) = (call.elements(0, E.self), call.elements(1, E.self))
  let (rows, taken, columns) = (Int(p.rows), Int(p.taken), Int(p.columns))
  let random = CounterGenerator(seed: p.seed, step: context.step, tensor: p.tensor)[0]
  let first = Int(truncatingIfNeeded: (UInt64(random) &* UInt64(rows)) &>> 32)
  for row in 0..<taken {
    var source = first &+ row &* rows / taken
    if source >= rows { source &-= rows }
    y.from(row &* columns).first(columns).copy(x.from(source &* columns))
  }
}
