/// Operands of `swishSegments`: bytes, x; of `swishSegmentsGrad`: dx, dy, bytes.
public struct SwishSegmentParameters: KernelParameters {
  public var count: Int32
  public var isGradient: Int32

  public init(count: Int, isGradient: Bool) {
    self.count = Int32(count)
    self.isGradient = isGradient ? 1 : 0
  }

  /// Bytes of the segments of elements: 2 bits each.
  public static func bytes(_ count: Int) -> Int { (count + 3) / 4 }

  private var segments: Int { isGradient == 1 ? 2 : 0 }

  public func extent(of index: Int) -> Int? {
    guard count > 0, 0...1 ~= isGradient, index < 2 + Int(isGradient) else { return nil }
    return index == segments ? Self.bytes(Int(count)) : Int(count)
  }

  public func suit(_ opcode: OpCode) -> Bool { (opcode == .swishSegmentsGrad) == (isGradient == 1) }

  public func type(of index: Int) -> OperandType { index == segments ? .element(.u8) : .scalar }
}

/// Which of four segments x lies in: HardSwish is close to three bent lines with bends at −4.5, 0 and 4.5, least squares
/// (Yang et al., Reducing Fine-Tuning Memory Overhead by Approximate and Memory-Sharing Backpropagation).
func swishSegments<S: KernelScalar>(_ call: Call, _: S.Type) {
  let count = Int(call.parameters(SwishSegmentParameters.self).count)
  let (bytes, x) = (call.elements(0, UInt8.self), call.elements(1, S.self))
  for i in 0..<count {
    let segment: UInt8 = (x[i] > -4.5 ? 1 : 0) &+ (x[i] > 0 ? 1 : 0) &+ (x[i] > 4.5 ? 1 : 0)
    let shift = UInt8(truncatingIfNeeded: i & 3) &* 2
    bytes[i / 4] = shift == 0 ? segment : bytes[i / 4] | segment &<< shift
  }
}

/// dx = dy · the slope of the segment; dx may be dy.
func swishSegmentsGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let count = Int(call.parameters(SwishSegmentParameters.self).count)
  let (dx, dy, bytes) = (call.elements(0, S.self), call.elements(1, S.self), call.elements(2, UInt8.self))
  for i in 0..<count {
    let slope: S =
      switch bytes[i / 4] &>> (UInt8(truncatingIfNeeded: i & 3) &* 2) & 3 {
      case 0: 0
      case 1: -0.075
      case 2: 1.075
      default: 1
      }
    dx[i] = dy[i] * slope
  }
}
