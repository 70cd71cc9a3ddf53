import IR
import Runtime

/// 4 bits of each element, rounded at random: what backward keeps of a value that it needs not exactly. Operand: i8 or f32.
public struct EncodeNibbles: IntegerOperator {
  public static let name = "encode_nibbles"
  public static let opcode = OpCode.encodeNibbles
  public static var samples: [Sample] {
    [TensorType(3, 67), .activation([2, 70], scale: 0.1, zeroPoint: 3)].map { Sample(EncodeNibbles(tensor: 5), $0) }
  }

  public let seed: Int
  /// Keys the random numbers, a number for each tensor.
  public let tensor: Int

  public init(seed: Int = 0, tensor: Int) {
    self.seed = seed
    self.tensor = tensor
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(seed: attributes.int("seed"), tensor: attributes.int("tensor"))
  }

  public var attributes: Attributes { ["seed": .int(seed), "tensor": .int(tensor)] }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard x.dtype == .f32 || x.activation != nil else { throw ShapeError(Self.name, "takes f32 or int8, not \(x)") }
    return TensorType([NibbleParameters.bytes(x.count)], .u8)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      NibbleParameters(
        count: inputs[0].count, isInteger: inputs[0].dtype == .i8, isDecoding: false,
        seed: UInt32(truncatingIfNeeded: seed), tensor: UInt32(truncatingIfNeeded: tensor)))
  }
}

/// The value that `EncodeNibbles` kept 4 bits an element of. Operand: its bytes.
public struct DecodeNibbles: IntegerOperator {
  public static let name = "decode_nibbles"
  public static let opcode = OpCode.decodeNibbles
  public static var samples: [Sample] {
    [TensorType(3, 67), .activation([2, 70], scale: 0.1, zeroPoint: 3)].map {
      Sample(DecodeNibbles($0), TensorType([NibbleParameters.bytes($0.count)], .u8), range: 0...1)
    }
  }

  /// Type of the value.
  public let type: TensorType
  public init(_ type: TensorType) { self.type = type }

  public init(attributes: Attributes) throws(AttributeError) { type = try TensorType(value: attributes) }
  public var attributes: Attributes { Attributes(type.valueEntries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let bytes = try only(inputs)
    guard TensorType.count(of: type.shape) != nil, bytes == TensorType([NibbleParameters.bytes(type.count)], .u8) else {
      throw ShapeError(Self.name, "\(bytes) is not what is kept of \(type)")
    }
    return type
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      NibbleParameters(count: output.count, isInteger: output.dtype == .i8, isDecoding: true, seed: 0, tensor: 0))
  }
}
