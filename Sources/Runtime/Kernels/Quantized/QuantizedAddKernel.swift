import CKernels

/// Operands: y, a, and b where there are two.
public struct QuantizedAddParameters: KernelParameters {
  public var count: Int32
  public var tensors: Int32
  public var zeroA: Int32
  public var zeroB: Int32
  /// Requantization factors s_a / s_y and s_b / s_y as multipliers of 2^−shift.
  public var factorA: Int32
  public var factorB: Int32
  public var shift: Int32
  public var output: OutputRange

  public init(
    count: Int, tensors: Int, zeros: (Int, Int), factors: (Int32, Int32), shift: Int32, output: OutputRange
  ) {
    self.count = Int32(count)
    self.tensors = Int32(tensors)
    zeroA = Int32(zeros.0)
    zeroB = Int32(zeros.1)
    factorA = factors.0
    factorB = factors.1
    self.shift = shift
    self.output = output
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? {
    guard output.isSane, -128...128 ~= zeroA, -128...128 ~= zeroB, 1...63 ~= shift else { return nil }
    return index < tensors ? (Extent() * count).value : nil
  }
  public func type(of index: Int) -> OperandType { .element(.i8) }
  public func isValid(for opcode: OpCode) -> Bool { tensors == (opcode == .quantizedAdd ? 3 : 2) }
}

/// y = clamp(z_y + rnd(((a − z_a)·factorA + (b − z_b)·factorB) · 2^−shift)), rounded once, halves to even.
func quantizedAdd(_ call: Call) {
  let p = call.parameters(QuantizedAddParameters.self)
  let (y, a) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let b: Elements<Int8>? = p.tensors == 3 ? call.elements(2) : nil
  if isBuilt(.tiles), let kernel = unsafe ck_kernels().pointee.add8 {
    var add = ck_add(
      zero_a: p.zeroA, zero_b: p.zeroB, factor_a: p.factorA, factor_b: p.factorB, shift: p.shift,
      zero: p.output.zeroPoint, low: p.output.low, high: p.output.high)
    return unsafe kernel(&add, p.count, a.pointer, b?.pointer, y.pointer)
  }
  for i in 0..<Int(p.count) {
    var sum = Int64(Int32(a[i]) &- p.zeroA) &* Int64(p.factorA)
    if let b { sum &+= Int64(Int32(b[i]) &- p.zeroB) &* Int64(p.factorB) }
    y[i] = p.output.clamp(sum.divided(byPowerOfTwo: p.shift))
  }
}
