import IR
import Runtime

/// Epilogue of a gradient, applied as it is written: a clip mask, the scales of the layer that reads it, a number
/// format.
///
/// It stands for these operands behind the others: mask (bits), fold (f32 [channels]), range state (f32 [4], for
/// integers).
public struct GradientEpilogue: Hashable, Sendable {
  /// f32, q8 or q16.
  public var format: DType
  public var hasMask: Bool
  public var hasFold: Bool

  public init(format: DType = .f32, hasMask: Bool = false, hasFold: Bool = false) {
    self.format = format
    self.hasMask = hasMask
    self.hasFold = hasFold
  }

  init(_ attributes: Attributes) throws(AttributeError) {
    guard let format = DType(rawValue: try attributes.string("format")), GradientFormat(format) != nil else {
      throw AttributeError(name: "format", expected: "f32, q8 or q16")
    }
    self.format = format
    hasMask = try attributes.bool("mask")
    hasFold = try attributes.bool("fold")
  }

  var entries: [(String, AttributeValue)] {
    [("format", .string(format.rawValue)), ("mask", .int(hasMask ? 1 : 0)), ("fold", .int(hasFold ? 1 : 0))]
  }

  var hasRange: Bool { format != .f32 }
  var operandCount: Int { (hasMask ? 1 : 0) + (hasFold ? 1 : 0) + (hasRange ? 1 : 0) }

  /// Type of the result; checks the operands that belong to the epilogue.
  func infer(_ op: String, _ shape: [Int], _ operands: ArraySlice<TensorType>) throws(ShapeError) -> TensorType {
    var expected: [TensorType] = []
    if hasMask { expected.append(TensorType(shape, .bit)) }
    if hasFold { expected.append(TensorType(shape.last ?? 1)) }
    if hasRange { expected.append(TensorType(GradientRange.count)) }
    guard Array(operands) == expected else { throw ShapeError(op, "has \(operands) where \(expected) stand") }
    return TensorType(shape, format)
  }

  func output(source: TensorType, _ type: TensorType) -> GradientOutput {
    GradientOutput(
      source: GradientFormat(source.dtype) ?? .f32, target: GradientFormat(type.dtype) ?? .f32, count: type.count,
      channels: type.shape.last ?? 1)
  }

  /// Types of the epilogue's operands for tests.
  func sampleOperands(_ shape: [Int]) -> [TensorType] {
    (hasMask ? [TensorType(shape, .bit)] : []) + (hasFold ? [TensorType(shape[shape.count - 1])] : [])
      + (hasRange ? [TensorType(GradientRange.count)] : [])
  }

  static let sampled = [
    GradientEpilogue(), GradientEpilogue(format: .q8), GradientEpilogue(format: .q8, hasMask: true, hasFold: true),
    GradientEpilogue(format: .q16, hasFold: true), GradientEpilogue(format: .f32, hasMask: true),
  ]
}

/// An operator that writes a gradient through an epilogue.
public protocol GradientWriter: IntegerOperator {
  var epilogue: GradientEpilogue { get set }
  /// Products of gradients and weights that one element of the result sums up at most; nil where it sums none.
  func products(_ inputs: [TensorType]) -> Int?
}

extension GradientWriter {
  public func products(_ inputs: [TensorType]) -> Int? { nil }
}

extension GradientFormat {
  public init?(_ dtype: DType) {
    switch dtype {
    case .f32: self = .f32
    case .q8: self = .q8
    case .q16: self = .q16
    default: return nil
    }
  }
}

/// Bytes of a sum of products with a gradient of this type.
func sumBytes(_ gradient: TensorType) -> Int { (GradientFormat(gradient.dtype) ?? .f32).sumBytes }

extension Operator {
  /// Checks that an operand is a gradient: f32, q8 or q16.
  func expectGradient(_ type: TensorType) throws(ShapeError) {
    guard GradientFormat(type.dtype) != nil else { throw ShapeError(Self.name, "takes a gradient, not \(type)") }
  }
}
