import IR
import Runtime

/// Pages a saved tensor out to the page file; a handle of 16 bytes remains in memory.
public struct PageOut: IntegerOperator {
  public static let name = "page_out"
  public static let opcode = OpCode.pageOut
  public static var samples: [Sample] {
    [TensorType(3, 5), .activation([2, 9], scale: 1, zeroPoint: 0), TensorType([19], .bit)].map {
      Sample(PageOut(offset: 32), $0)
    }
  }

  /// First byte in the page file, a multiple of 16.
  public let offset: Int
  public init(offset: Int) { self.offset = offset }
  public init(attributes: Attributes) throws(AttributeError) { offset = try attributes.int("offset") }
  public var attributes: Attributes { ["offset": .int(offset)] }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard ElementType(paged: x.dtype) != nil, offset >= 0, offset % 16 == 0, offset < 1 << 35 else {
      throw ShapeError(Self.name, "cannot write \(x) at \(offset)")
    }
    return TensorType([PageParameters.placeholder], .u8)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      PageParameters(count: inputs[0].count, element: ElementType(paged: inputs[0].dtype)!, isIn: false, offset: offset)
    )
  }
}

/// Pages in what `PageOut` wrote. Operand: the handle.
public struct PageIn: IntegerOperator {
  public static let name = "page_in"
  public static let opcode = OpCode.pageIn
  public static var samples: [Sample] {
    [TensorType(3, 5), .activation([2, 9], scale: 1, zeroPoint: 0), TensorType([19], .bit)].map {
      Sample(PageIn($0, offset: 32), TensorType([PageParameters.placeholder], .u8))
    }
  }

  /// Type of the value.
  public let type: TensorType
  public let offset: Int

  public init(_ type: TensorType, offset: Int) {
    self.type = type
    self.offset = offset
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let shape = try attributes.shape
    guard let dtype = DType(rawValue: try attributes.string("type")) else {
      throw AttributeError(name: "type", expected: "the name of a type")
    }
    let scale = Float(try attributes.float("scale"))
    type =
      dtype == .i8 && scale != 0
      ? .activation(shape, scale: scale, zeroPoint: try attributes.zeroPoint) : TensorType(shape, dtype)
    offset = try attributes.int("offset")
  }

  public var attributes: Attributes {
    let q = type.activation ?? (0, 0)
    return [
      "shape": .ints(type.shape), "type": .string(type.dtype.rawValue), "scale": .float(Double(q.scale)),
      "zeroPoint": .int(q.zeroPoint), "offset": .int(offset),
    ]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard try only(inputs) == PageOut(offset: offset).infer([type]) else {
      throw ShapeError(Self.name, "\(inputs[0]) stands for nothing in the page file")
    }
    return type
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(PageParameters(count: output.count, element: ElementType(paged: output.dtype)!, isIn: true, offset: offset))
  }
}

extension ElementType {
  /// The type of elements that can be paged out.
  fileprivate init?(paged dtype: DType) {
    switch dtype {
    case .f32: self = .f32
    case .i8: self = .i8
    case .u8: self = .u8
    case .bit: self = .bit
    default: return nil
    }
  }
}
