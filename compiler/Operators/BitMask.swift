import IR
import Runtime

/// One bit per element: low < y < high; what backward keeps of a clipped activation.
public struct BitMask: KernelOperator {
  public static let name = "bit_mask"
  public static let opcode = OpCode.bitMask
  public static var samples: [Sample] {
    [Sample(BitMask(low: 0, high: .infinity), TensorType(19)), Sample(BitMask(low: 0, high: 0.5), TensorType(2, 3))]
  }

  public let low: Double
  public let high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(low: attributes.float("low"), high: attributes.float("high"))
  }

  public var attributes: Attributes { ["low": .float(low), "high": .float(high)] }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let y = try only(inputs)
    try expectFloat(y)
    return TensorType(y.shape, .bit)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(BitMaskParameters(count: output.count, low: Float(low), high: Float(high)))
  }
}

/// dx = dy where the bit is on, else slope · dy. Operands: dy, mask.
public struct MaskGrad: KernelOperator {
  public static let name = "mask_grad"
  public static let opcode = OpCode.maskGrad
  public static var samples: [Sample] {
    [Sample(MaskGrad(slope: 0.1), TensorType(19), TensorType([19], .bit), range: 0...255)]
  }

  public let slope: Double
  public init(slope: Double) { self.slope = slope }
  public init(attributes: Attributes) throws(AttributeError) { slope = try attributes.float("slope") }
  public var attributes: Attributes { ["slope": .float(slope)] }
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectFloat(inputs[0])
    guard inputs[1] == TensorType(inputs[0].shape, .bit) else {
      throw ShapeError(Self.name, "mask \(inputs[1]) does not fit \(inputs[0])")
    }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(MaskGradParameters(count: output.count, slope: Float(slope)))
  }
}
