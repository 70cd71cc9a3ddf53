import IR
import Runtime

/// Three bends at −bend, 0 and bend, between which an activation is nearly straight: slopes 0, −dip, 1 + dip and 1.
///
/// Bends and dip are least squares of the activation (Yang et al., Reducing Fine-Tuning Memory Overhead by Approximate and
/// Memory-Sharing Backpropagation).
public struct SlopeSegments: Hashable, Sendable {
  public var bend: Double
  public var dip: Double

  public init(bend: Double, dip: Double) {
    self.bend = bend
    self.dip = dip
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    self.init(bend: try attributes.float("bend"), dip: try attributes.float("dip"))
  }

  var attributes: Attributes { ["bend": .float(bend), "dip": .float(dip)] }

  func words(count: Int, isGradient: Bool) -> [UInt32] {
    Operators.words(
      SwishSegmentParameters(count: count, isGradient: isGradient, bend: Float(bend), dip: Float(dip)))
  }
}

/// The gradient of an activation of this form; operands: dy, x.
public protocol SegmentedGradient: Operator {
  var segments: SlopeSegments { get }
}

/// 2 bits for each element: the segment that an activation's argument lies in.
public struct SwishSegments: KernelOperator {
  public static let name = "swish_segments"
  public static let opcode = OpCode.swishSegments
  public static var samples: [Sample] {
    [Sample(SwishSegments(HardSwishGrad().segments), TensorType(3, 7), range: -6...6)]
  }

  public var segments: SlopeSegments
  public init(_ segments: SlopeSegments) { self.segments = segments }
  public init(attributes: Attributes) throws(AttributeError) { segments = try SlopeSegments(attributes) }
  public var attributes: Attributes { segments.attributes }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    return TensorType([SwishSegmentParameters.bytes(x.count)], .u8)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    segments.words(count: inputs[0].count, isGradient: false)
  }
}

/// dx = dy · the slope of the segment: about the gradient of the activation. Operands: dy, segments.
public struct SwishSegmentsGrad: KernelOperator {
  public static let name = "swish_segments_grad"
  public static let opcode = OpCode.swishSegmentsGrad
  public static var samples: [Sample] {
    [
      Sample(
        SwishSegmentsGrad(HardSwishGrad().segments), TensorType(3, 7), TensorType([6], .u8), range: 0...255)
    ]
  }

  public var segments: SlopeSegments
  public init(_ segments: SlopeSegments) { self.segments = segments }
  public init(attributes: Attributes) throws(AttributeError) { segments = try SlopeSegments(attributes) }
  public var attributes: Attributes { segments.attributes }
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
    segments.words(count: output.count, isGradient: true)
  }
}
