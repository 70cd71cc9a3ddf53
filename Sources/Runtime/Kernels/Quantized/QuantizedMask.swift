import CKernels

/// Operands: bits, y (i8).
public struct QuantizedMaskParameters: KernelParameters {
  public var count: Int32
  public var low: Int32
  public var high: Int32

  public init(count: Int, low: Int, high: Int) {
    self.count = Int32(count)
    self.low = Int32(low)
    self.high = Int32(high)
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { index < 2 ? (Extent() * count).value : nil }
  public func type(of index: Int) -> OperandType { .element(index == 0 ? .bit : .i8) }
}

/// One bit per element of y: low < y < high, so that nothing was clipped.
func quantizedMask(_ call: Call) {
  let p = call.parameters(QuantizedMaskParameters.self)
  let y = call.elements(1, Int8.self)
  if isBuilt(.tiles), let kernel = unsafe ck_kernels().pointee.mask8 {
    return unsafe kernel(y.pointer, p.count, p.low, p.high, call.bits(0).bytes.pointer)
  }
  call.bits(0).write(count: Int(p.count)) { Int32(y[$0]) > p.low && Int32(y[$0]) < p.high }
}

/// Operands: y, x (i8). Channels `start ..< end` of x.
public struct QuantizedSliceParameters: KernelParameters {
  public var slice: ChannelSliceParameters

  public init(_ slice: ChannelSliceParameters) { self.slice = slice }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { slice.extent(of: index) }
  public func type(of index: Int) -> OperandType { .element(.i8) }
}

func quantizedSlice(_ call: Call) {
  let p = call.parameters(QuantizedSliceParameters.self).slice
  let (y, x) = (call.elements(0, Int8.self), call.elements(1, Int8.self))
  let count = Int(p.end &- p.start)
  for pixel in 0..<Int(p.pixels) {
    y.from(pixel &* count).first(count).copy(x.from(pixel &* Int(p.channels) &+ Int(p.start)))
  }
}
