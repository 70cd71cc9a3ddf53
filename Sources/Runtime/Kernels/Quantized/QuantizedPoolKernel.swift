/// Operands: y, x. The mean of each window, padding counted as zeros.
public struct QuantizedPoolParameters: KernelParameters {
  public var shape: PoolShape
  public var inputZero: Int32
  public var inputScale: Float
  public var outputScale: Float
  public var output: OutputRange

  public init(shape: PoolShape, inputZero: Int, inputScale: Float, outputScale: Float, output: OutputRange) {
    self.shape = shape
    self.inputZero = Int32(inputZero)
    self.inputScale = inputScale
    self.outputScale = outputScale
    self.output = output
  }

  /// Cells whose sum of differences of 8-bit integers a float holds to the last one.
  public static var mostCells: Int { 1 << 16 }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard output.isSane, -128...128 ~= inputZero, inputScale > 0, outputScale > 0, shape.window.taps < Self.mostCells
    else { return nil }
    return switch index {
    case 0: shape.outputExtent
    case 1: shape.inputExtent
    default: nil
    }
  }
  public func type(of index: Int) -> OperandType { .element(.i8) }
}

/// y = clamp(Q(mean of D(x))): real values are averaged as floats, down the columns of the window first, and rounded once.
///
/// A quarter of all means of four integers lies half-way. Scales that are no powers of two decide there, by the last bit
/// of a float: so the sum is that of ONNX Runtime's AveragePool between DequantizeLinear and QuantizeLinear, bit for bit.
func quantizedPool(_ call: Call) {
  let p = call.parameters(QuantizedPoolParameters.self)
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let quantizer = Quantizer(scale: p.outputScale, zeroPoint: p.output.zeroPoint)
  let (width, channels) = (Int(p.shape.window.inputWidth), Int(p.shape.channels))
  let taps = Float(Int(p.shape.window.taps))
  p.shape.forOutputs { output, input, rows, columns in
    for c in 0..<channels {
      var sum: Float = 0
      for j in 0..<columns.count {
        var column: Float = 0
        for i in 0..<rows.count {
          let pixel = (rows.index &+ i &* rows.indexStep) &* width &+ columns.index &+ j &* columns.indexStep
          column += Float(Int32(x[input &+ pixel &* channels &+ c]) &- p.inputZero) * p.inputScale
        }
        sum += column
      }
      let mean = Int32(quantizer.integer(sum / taps))
      y[output &+ c] = Int8(truncatingIfNeeded: min(max(mean, p.output.low), p.output.high))
    }
  }
}

/// Operands: y (i8, or the winning taps u8), x. See `MaxPoolParameters`.
public struct QuantizedMaxPoolParameters: KernelParameters {
  public var pool: MaxPoolParameters

  public init(_ pool: MaxPoolParameters) { self.pool = pool }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { pool.extent(of: index) }
  public func isValid(for opcode: OpCode) -> Bool { pool.isIndex == (opcode == .quantizedMaxPoolIndex ? 1 : 0) }
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
