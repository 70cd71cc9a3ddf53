import IR
import Runtime

/// 2 bits for each element: the segment that HardSwish's argument lies in.
public struct SwishSegments: PlainOperator {
  public static let name = "swish_segments"
  public static let opcode = OpCode.swishSegments
  public static var samples: [Sample] { [Sample(SwishSegments(), TensorType(3, 7), range: -6...6)] }

  public init() {}
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    return TensorType([SwishSegmentParameters.bytes(x.count)], .u8)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(SwishSegmentParameters(count: inputs[0].count, isGradient: false))
  }
}

/// dx = dy · the slope of the segment: about the gradient of HardSwish. Operands: dy, segments.
public struct SwishSegmentsGrad: PlainOperator {
  public static let name = "swish_segments_grad"
  public static let opcode = OpCode.swishSegmentsGrad
  public static var samples: [Sample] {
    [Sample(SwishSegmentsGrad(), TensorType(3, 7), TensorType([6], .u8), range: 0...255)]
  }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    try expectFloat(inputs[0])
    guard inputs[1] == TensorType([SwishSegmentParameters.bytes(inputs[0].count)], .u8) else {
      throw ShapeError(Self.name, "\(inputs[1]) are no segments of \(inputs[0])")
    }
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(SwishSegmentParameters(count: output.count, isGradient: true))
  }
}
