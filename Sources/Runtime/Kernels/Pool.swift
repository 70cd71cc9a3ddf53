/// What pooling kernels share: windows over every channel of a picture by itself.
public struct PoolShape: BitwiseCopyable {
  public var window: Window
  public var channels: Int32

  public init(window: Window, channels: Int) {
    self.window = window
    self.channels = Int32(channels)
  }

  var inputExtent: Int? { window.inputExtent(channels) }
  var outputExtent: Int? { window.outputExtent(channels) }

  /// Each output pixel: `body(first element of the output, first element of its picture, row taps, column taps)`.
  @inline(__always)
  func forOutputs(_ body: (Int, Int, Taps, Taps) -> Void) {
    let channels = Int(channels)
    var output = 0
    for picture in 0..<Int(window.batch) {
      let input = picture &* Int(window.inputHeight) &* Int(window.inputWidth) &* channels
      for row in 0..<Int(window.outputHeight) {
        let rows = window.rowTaps(row)
        for column in 0..<Int(window.outputWidth) {
          body(output, input, rows, window.columnTaps(column))
          output &+= channels
        }
      }
    }
  }

  /// Each tap that lies in the picture, in scan order: `body(tap, offset of its pixel)`.
  @inline(__always)
  func forTaps(_ rows: Taps, _ columns: Taps, _ body: (Int, Int) -> Void) {
    for i in 0..<rows.count {
      let line = (rows.index &+ i &* rows.indexStep) &* Int(window.inputWidth)
      let tap = (rows.first &+ i) &* Int(window.kernelWidth) &+ columns.first
      for j in 0..<columns.count {
        body(tap &+ j, (line &+ columns.index &+ j &* columns.indexStep) &* Int(channels))
      }
    }
  }
}

/// Operands: output, x. The output is as large as the pooled picture.
public struct MaxPoolParameters: KernelParameters {
  public var shape: PoolShape
  /// Whether the output holds the winning taps (u8) and not the values.
  public var isIndex: Int32

  public init(shape: PoolShape, isIndex: Bool) {
    self.shape = shape
    self.isIndex = isIndex ? 1 : 0
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard isIndex == 0 || shape.window.taps <= 255 else { return nil }
    return switch index {
    case 0: shape.outputExtent
    case 1: shape.inputExtent
    default: nil
    }
  }

  public func isValid(for opcode: OpCode) -> Bool { isIndex == (opcode == .maxPoolIndex ? 1 : 0) }

  public func type(of index: Int) -> OperandType { isIndex == 1 && index == 0 ? .element(.u8) : .scalar }
}

/// Operands: dx, dy, winning taps.
public struct MaxPoolGradParameters: KernelParameters {
  public var shape: PoolShape

  public init(shape: PoolShape) { self.shape = shape }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: shape.inputExtent
    case 1, 2: shape.outputExtent
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType { index == 2 ? .element(.u8) : .scalar }
}

/// y = the largest of each window; padding never wins.
func maxPool<S: KernelScalar>(_ call: Call, _: S.Type) {
  let shape = call.parameters(MaxPoolParameters.self).shape
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let channels = Int(shape.channels)
  shape.forOutputs { output, input, rows, columns in
    y.from(output).first(channels).fill(-.infinity)
    shape.forTaps(rows, columns) { _, offset in
      for c in 0..<channels {
        let value = x[input &+ offset &+ c]
        if value > y[output &+ c] || value.isNaN { y[output &+ c] = value }
      }
    }
  }
}

/// The tap that wins each window; the first of equals.
func maxPoolIndex<S: KernelScalar>(_ call: Call, _: S.Type) {
  let shape = call.parameters(MaxPoolParameters.self).shape
  let index = call.elements(0, UInt8.self)
  let x = call.elements(1, S.self)
  shape.forOutputs { output, input, rows, columns in
    for c in 0..<Int(shape.channels) {
      var best = -S.infinity
      var winner = rows.first &* Int(shape.window.kernelWidth) &+ columns.first
      shape.forTaps(rows, columns) { tap, offset in
        let value = x[input &+ offset &+ c]
        if value > best || value.isNaN {
          best = value
          winner = tap
        }
      }
      index[output &+ c] = UInt8(truncatingIfNeeded: winner)
    }
  }
}

/// dx = dy where the window's winner stands; windows that overlap add up.
func maxPoolGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let shape = call.parameters(MaxPoolGradParameters.self).shape
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let index = call.elements(2, UInt8.self)
  let channels = Int(shape.channels)
  dx.first(shape.window.inputPixels &* channels).fill(0)
  shape.forOutputs { output, input, rows, columns in
    shape.forTaps(rows, columns) { tap, offset in
      for c in 0..<channels where Int(index[output &+ c]) == tap { dx[input &+ offset &+ c] += dy[output &+ c] }
    }
  }
}

/// Operands: y, x; for the gradient dx, dy.
public struct AveragePoolParameters: KernelParameters {
  public var shape: PoolShape
  public var isGradient: Int32
  /// Whether padding counts in the divisor, and how far it does at the bottom and at the right.
  public var countsPadding: Int32
  public var padBottom: Int32
  public var padRight: Int32

  public init(shape: PoolShape, isGradient: Bool, countsPadding: Bool, padBottom: Int, padRight: Int) {
    self.shape = shape
    self.isGradient = isGradient ? 1 : 0
    self.countsPadding = countsPadding ? 1 : 0
    self.padBottom = Int32(padBottom)
    self.padRight = Int32(padRight)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard padBottom >= 0, padRight >= 0, padBottom < 1 << 29, padRight < 1 << 29, index < 2 else { return nil }
    return index == Int(isGradient) ? shape.outputExtent : shape.inputExtent
  }

  public func isValid(for opcode: OpCode) -> Bool { isGradient == (opcode == .averagePoolGrad ? 1 : 0) }

  /// One over the cells that count for an output row and column.
  @inline(__always)
  func factor<S: KernelScalar>(_ output: Int, _ rows: Taps, _ columns: Taps, _: S.Type) -> S {
    guard countsPadding == 1 else { return 1 / S(max(1, rows.count &* columns.count)) }
    let window = shape.window
    let pixel = output / Int(shape.channels)
    let column = pixel % Int(window.outputWidth)
    let row = pixel / Int(window.outputWidth) % Int(window.outputHeight)
    let height = padded(
      row, window.strideHeight, window.dilationHeight, window.kernelHeight,
      Int(window.padTop) &+ Int(window.inputHeight) &+ Int(padBottom))
    let width = padded(
      column, window.strideWidth, window.dilationWidth, window.kernelWidth,
      Int(window.padLeft) &+ Int(window.inputWidth) &+ Int(padRight))
    return 1 / S(max(1, height &* width))
  }

  /// Taps of one axis that lie in the padded picture of `size`.
  @inline(__always)
  private func padded(_ output: Int, _ stride: Int32, _ dilation: Int32, _ kernel: Int32, _ size: Int) -> Int {
    Taps(output: output, size, Int(kernel), Int(stride), 0, Int(dilation)).count
  }
}

/// y = the mean of each window.
func averagePool<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AveragePoolParameters.self)
  let y = call.elements(0, S.self)
  let x = call.elements(1, S.self)
  let channels = Int(p.shape.channels)
  p.shape.forOutputs { output, input, rows, columns in
    let factor = p.factor(output, rows, columns, S.self)
    y.from(output).first(channels).fill(0)
    p.shape.forTaps(rows, columns) { _, offset in
      for c in 0..<channels { y[output &+ c] += x[input &+ offset &+ c] }
    }
    for c in 0..<channels { y[output &+ c] *= factor }
  }
}

/// dx = each window's share of its dy.
func averagePoolGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(AveragePoolParameters.self)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let channels = Int(p.shape.channels)
  dx.first(p.shape.window.inputPixels &* channels).fill(0)
  p.shape.forOutputs { output, input, rows, columns in
    let factor = p.factor(output, rows, columns, S.self)
    p.shape.forTaps(rows, columns) { _, offset in
      for c in 0..<channels { dx[input &+ offset &+ c] += dy[output &+ c] * factor }
    }
  }
}
