import IR
import Runtime

/// An operator on integers, or between them and floats of single precision; it has no double-precision form.
public protocol IntegerOperator: KernelOperator {}

extension TensorType {
  /// The scale and zero point of an activation: i8, one scale for the whole tensor; nil for anything else.
  public var activation: (scale: Float, zeroPoint: Int)? {
    guard dtype == .i8, let q = quantization, q.axis == nil, q.scales.count == 1, q.zeroPoints.count == 1 else {
      return nil
    }
    return (q.scales[0], Int(q.zeroPoints[0]))
  }

  /// The scale of each of `count` outputs of a weight: symmetric, along `axis` or one for all; nil for anything else.
  public func weightScales(_ count: Int, axis: Int) -> [Float]? {
    guard let q = quantization, q.zeroPoints.allSatisfy({ $0 == 0 }) else { return nil }
    if q.scales.count == 1 { return Array(repeating: q.scales[0], count: count) }
    return q.axis == axis && q.scales.count == count ? q.scales : nil
  }

  /// An activation of 8 bits.
  public static func activation(_ shape: [Int], scale: Float, zeroPoint: Int) -> TensorType {
    TensorType(shape, .i8, quantization: Quantization(scales: [scale], zeroPoints: [Int32(zeroPoint)]))
  }

  /// A weight of 8 bits with one scale for each index of `axis`.
  public static func weight(_ shape: [Int], scales: [Float], axis: Int) -> TensorType {
    TensorType(
      shape, .i8,
      quantization: Quantization(scales: scales, zeroPoints: Array(repeating: 0, count: scales.count), axis: axis))
  }
}

extension Operator {
  func expectActivation(_ type: TensorType) throws(ShapeError) -> (scale: Float, zeroPoint: Int) {
    guard let q = type.activation, q.scale > 0, q.scale.isFinite else {
      throw ShapeError(Self.name, "takes int8 with one scale, not \(type)")
    }
    return q
  }
}

/// Slots of a row that are there, as the kernels read them.
func slots(_ present: Bool...) -> UInt32 {
  present.indices.reduce(0) { $0 | (present[$1] ? 1 << UInt32($1) : 0) }
}

/// Type of the result of an integer layer: scale, zero point, and the range that an activation function leaves.
public struct QuantizedOutput: Hashable, Sendable {
  public var scale: Float
  public var zeroPoint: Int
  public var low: Int
  public var high: Int

  public init(scale: Float, zeroPoint: Int, low: Int = -128, high: Int = 127) {
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.low = low
    self.high = high
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    scale = Float(try attributes.float("scale"))
    zeroPoint = try attributes.int("zeroPoint")
    low = try attributes.int("low")
    high = try attributes.int("high")
  }

  var entries: [(String, AttributeValue)] {
    [
      ("scale", .float(Double(scale))), ("zeroPoint", .int(zeroPoint)), ("low", .int(low)), ("high", .int(high)),
    ]
  }

  func type(_ op: String, _ shape: [Int]) throws(ShapeError) -> TensorType {
    guard scale > 0, scale.isFinite, -128 <= zeroPoint, zeroPoint <= 127, -128 <= low, low <= high, high <= 127 else {
      throw ShapeError(op, "has no output of scale \(scale), zero point \(zeroPoint), range \(low)...\(high)")
    }
    return .activation(shape, scale: scale, zeroPoint: zeroPoint)
  }

  var range: OutputRange { OutputRange(zeroPoint: zeroPoint, low: low, high: high) }
}
