/// Affine quantization of a tensor: `real = scale × (integer − zeroPoint)`.
///
/// `scales` and `zeroPoints` hold one entry (per tensor) or one per index of `axis` (per channel).
public struct Quantization: Hashable, Sendable {
  public var scales: [Float]
  public var zeroPoints: [Int32]
  public var axis: Int?

  public init(scales: [Float], zeroPoints: [Int32], axis: Int? = nil) {
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.axis = axis
  }
}

/// Shape, element type and quantization of a value.
///
/// Layouts: activations are NHWC, convolution weights OHWI, depthwise weights 1HWC.
public struct TensorType: Hashable, Sendable {
  public var shape: [Int]
  public var dtype: DType
  public var quantization: Quantization?

  public init(_ shape: [Int], _ dtype: DType = .f32, quantization: Quantization? = nil) {
    self.shape = shape
    self.dtype = dtype
    self.quantization = quantization
  }

  public init(_ shape: Int...) { self.init(shape) }

  public var rank: Int { shape.count }
  public var count: Int { shape.reduce(1, *) }
  public var bytes: Int { dtype.bytes(count) }

  /// Elements of a shape; nil for a negative size, and for more elements than the 32-bit counts of an image hold.
  public static func count(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      guard size >= 0, !overflow, product <= Int(Int32.max) else { return nil }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The same element type and quantization in another shape.
  public func with(shape: [Int]) -> TensorType { TensorType(shape, dtype, quantization: quantization) }
}

extension TensorType: CustomStringConvertible {
  /// Text form, for example `f32[1,96,96,3]`.
  public var description: String {
    var text = dtype.rawValue + "[" + shape.map(String.init).joined(separator: ",") + "]"
    if let q = quantization {
      let scales = q.scales.map { "\($0)" }.joined(separator: ",")
      let zeros = q.zeroPoints.map(String.init).joined(separator: ",")
      text += "q(\(scales);\(zeros)" + (q.axis.map { ";\($0)" } ?? "") + ")"
    }
    return text
  }
}
