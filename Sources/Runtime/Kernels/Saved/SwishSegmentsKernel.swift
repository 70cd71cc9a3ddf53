/// Operands of `swishSegments`: bytes, x; of `swishSegmentsGrad`: dx, dy, bytes.
public struct SwishSegmentParameters: KernelParameters {
  public var count: Int32
  public var isGradient: Int32
  /// The argument where slopes change, beside 0; slopes are 0, −dip, 1 + dip and 1.
  public var bend: Float
  public var dip: Float

  public init(count: Int, isGradient: Bool, bend: Float, dip: Float) {
    self.count = Int32(count)
    self.isGradient = isGradient ? 1 : 0
    self.bend = bend
    self.dip = dip
  }

  /// Bytes of the segments of elements: 2 bits each.
  public static func bytes(_ count: Int) -> Int { (count + 3) / 4 }

  private var segments: Int { isGradient == 1 ? 2 : 0 }

  public var operandCount: Int { isGradient == 1 ? 3 : 2 }

  public func extent(of index: Int) -> Int? {
    guard count > 0, 0...1 ~= isGradient, index < 2 + Int(isGradient) else { return nil }
    return index == segments ? Self.bytes(Int(count)) : Int(count)
  }

  public func isValid(for opcode: OpCode) -> Bool { (opcode == .swishSegmentsGrad) == (isGradient == 1) }

  public func type(of index: Int) -> OperandType { index == segments ? .element(.u8) : .scalar }
}

/// Which of four segments x lies in.
func swishSegments<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(SwishSegmentParameters.self)
  let (bytes, x) = (call.elements(0, UInt8.self), call.elements(1, S.self))
  let bend = S(p.bend)
  for i in 0..<Int(p.count) {
    let segment: UInt8 = (x[i] > -bend ? 1 : 0) &+ (x[i] > 0 ? 1 : 0) &+ (x[i] > bend ? 1 : 0)
    let shift = UInt8(truncatingIfNeeded: i & 3) &* 2
    bytes[i / 4] = shift == 0 ? segment : bytes[i / 4] | segment &<< shift
  }
}

/// dx = dy · the slope of the segment; dx may be dy.
func swishSegmentsGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(SwishSegmentParameters.self)
  let (dx, dy, bytes) = (call.elements(0, S.self), call.elements(1, S.self), call.elements(2, UInt8.self))
  let dip = S(p.dip)
  for i in 0..<Int(p.count) {
    let slope: S =
      switch bytes[i / 4] &>> (UInt8(truncatingIfNeeded: i & 3) &* 2) & 3 {
      case 0: 0
      case 1: -dip
      case 2: 1 + dip
      default: 1
      }
    dx[i] = dy[i] * slope
  }
}
