import IR
import Runtime

/// A patch of the batch's samples NHWC, read in place in the data. Operand: references to them, u8.
public struct SampleCrop: IntegerOperator {
  public static let name = "sample_crop"
  public static let opcode = OpCode.sampleCrop

  public static var samples: [Sample] {
    let box = PatchBox(samples: 0..<2, rows: 1..<3, columns: 2..<5)
    return [nil, Quantization(scales: [0.5], zeroPoints: [3])].map { quantization in
      let op = SampleCrop(box, of: [2, 4, 5, 3], quantization: quantization)
      return Sample(op, SampleCrop.references(batch: 2), range: 0...0)
    }
  }

  public let box: PatchBox
  /// Samples, height, width and channels of the batch.
  public let shape: [Int]
  /// One scale for samples as int8; nil for f32.
  public let quantization: Quantization?

  public init(_ box: PatchBox, of shape: [Int], quantization: Quantization?) {
    self.box = box
    self.shape = shape
    self.quantization = quantization
  }

  public init(attributes: Attributes) throws(AttributeError) {
    var quantization: Quantization?
    if attributes["scale"] != nil {
      quantization = Quantization(
        scales: [Float(try attributes.float("scale"))],
        zeroPoints: [Int32(clamping: try attributes.int("zeroPoint"))])
    }
    self.init(try PatchBox(attributes), of: try attributes.ints("of", count: 4), quantization: quantization)
  }

  public var attributes: Attributes {
    var entries = box.entries + [("of", .ints(shape))]
    if let quantization {
      entries += [
        ("scale", .float(Double(quantization.scales[0]))), ("zeroPoint", .int(Int(quantization.zeroPoints[0]))),
      ]
    }
    return Attributes(entries)
  }

  /// Type of the references to a batch of samples.
  public static func references(batch: Int) -> TensorType {
    TensorType([SampleReferences.bytes(batch: batch)], .u8)
  }

  /// Type of the batch as a whole.
  public var picture: TensorType { TensorType(shape, quantization == nil ? .f32 : .i8, quantization: quantization) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let references = try only(inputs)
    let picture = try countable(picture)
    guard references == Self.references(batch: shape[0]) else { throw ShapeError(Self.name, "has \(references)") }
    return try box.type(Self.name, in: picture)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      SampleCropParameters(
        box.parameters(picture, hasPicture: false), scale: quantization?.scales[0] ?? 1,
        zeroPoint: Int(quantization?.zeroPoints[0] ?? 0)))
  }
}
