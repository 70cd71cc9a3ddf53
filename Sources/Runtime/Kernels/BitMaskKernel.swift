/// Parameters of `bitMask`: bit = low < y < high.
public struct BitMaskParameters: KernelParameters {
  public var count: Int32
  public var low: Float
  public var high: Float

  public init(count: Int, low: Float, high: Float) {
    self.count = Int32(count)
    self.low = low
    self.high = high
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? { index < 2 ? (Extent() * count).value : nil }
  public func type(of index: Int) -> OperandType { index == 0 ? .element(.bit) : .scalar }
}

/// Parameters of `maskGrad`: dx = dy where the bit is on, else slope · dy.
public struct MaskGradParameters: KernelParameters {
  public var count: Int32
  public var slope: Float

  public init(count: Int, slope: Float) {
    self.count = Int32(count)
    self.slope = slope
  }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? { index < 3 ? (Extent() * count).value : nil }
  public func type(of index: Int) -> OperandType { index == 2 ? .element(.bit) : .scalar }
}

/// One bit per element of y: low < y < high.
func bitMask<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(BitMaskParameters.self)
  let low = S(p.low)
  let high = S(p.high)
  let y = call.elements(1, S.self)
  call.bits(0).write(count: Int(p.count)) { y[$0] > low && y[$0] < high }
}

/// dx = dy where the bit is on, else slope · dy; dx may be dy.
func maskGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(MaskGradParameters.self)
  let slope = S(p.slope)
  let dx = call.elements(0, S.self)
  let dy = call.elements(1, S.self)
  let mask = call.bits(2)
  for i in 0..<Int(p.count) { dx[i] = mask[i] ? dy[i] : scaled(dy[i], slope) }
}
