/// Operands: y, x. The mean of each window, padding counted as zeros.
public struct QuantizedPoolParameters: KernelParameters {
  public var shape: PoolShape
  public var inputZero: Int32
  /// s_x / (s_y · cells of the window).
  public var factor: FixedPoint
  public var output: OutputRange

  public init(shape: PoolShape, inputZero: Int, factor: FixedPoint, output: OutputRange) {
    self.shape = shape
    self.inputZero = Int32(inputZero)
    self.factor = factor
    self.output = output
  }

  /// Cells whose sum of differences of 8-bit integers fits 32 bits.
  public static var mostCells: Int { 1 << 23 }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard output.isSane, -128...128 ~= inputZero, 1...63 ~= factor.shift, shape.window.taps < Self.mostCells
    else { return nil }
    return switch index {
    case 0: shape.outputExtent
    case 1: shape.inputExtent
    default: nil
    }
  }
  public func type(of index: Int) -> OperandType { .element(.i8) }
}

extension FixedPoint {
  /// A mean: what lies half-way but for the error of the factor, as thirds and sixths have, is half-way.
  @inline(__always)
  fileprivate func mean(_ sum: Int32) -> Int32 {
    var product = Int64(sum) &* Int64(multiplier)
    let half = Int64(1) &<< Int64(shift &- 1)
    let beyondHalf = product & (half &+ half &- 1) &- half
    if abs(beyondHalf) <= Int64(abs(sum)) { product &-= beyondHalf }
    return product.divided(byPowerOfTwo: shift)
  }
}

/// y = clamp(z_y + rnd(M · Σ (x − z_x))).
func quantizedPool(_ call: Call) {
  let p = call.parameters(QuantizedPoolParameters.self)
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  p.shape.forOutputs { output, input, rows, columns in
    for c in 0..<Int(p.shape.channels) {
      var sum: Int32 = 0
      p.shape.forTaps(rows, columns) { _, offset in sum &+= Int32(x[input &+ offset &+ c]) &- p.inputZero }
      y[output &+ c] = p.output.clamp(p.factor.mean(sum))
    }
  }
}

/// Operands: y (i8, or the winning taps u8), x. See `MaxPoolParameters`.
public struct QuantizedMaxPoolParameters: KernelParameters {
  public var pool: MaxPoolParameters

  public init(_ pool: MaxPoolParameters) { self.pool = pool }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { pool.extent(of: index) }
  public func suit(_ opcode: OpCode) -> Bool { pool.isIndex == (opcode == .quantizedMaxPoolIndex ? 1 : 0) }
  public func type(of index: Int) -> OperandType { .element(pool.isIndex == 1 && index == 0 ? .u8 : .i8) }
}

/// y = the largest integer of each window, which stands for the largest real value; padding never wins.
func quantizedMaxPool(_ call: Call) {
  let shape = call.parameters(QuantizedMaxPoolParameters.self).pool.shape
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let channels = Int(shape.channels)
  shape.forOutputs { output, input, rows, columns in
    y.from(output).first(channels).fill(-128)
    shape.forTaps(rows, columns) { _, offset in
      for c in 0..<channels { y[output &+ c] = max(y[output &+ c], x[input &+ offset &+ c]) }
    }
  }
}

/// The tap that wins each window; the first of equals.
func quantizedMaxPoolIndex(_ call: Call) {
  let shape = call.parameters(QuantizedMaxPoolParameters.self).pool.shape
  let (index, x) = (call.elements(0, UInt8.self), call.elements(1, Int8.self))
  shape.forOutputs { output, input, rows, columns in
    for c in 0..<Int(shape.channels) {
      var best: Int32 = -129
      var winner = 0
      shape.forTaps(rows, columns) { tap, offset in
        let value = Int32(x[input &+ offset &+ c])
        if value > best { (best, winner) = (value, tap) }
      }
      index[output &+ c] = UInt8(truncatingIfNeeded: winner)
    }
  }
}
