import IR

/// Element types of `.npy` files that we read, spelled as NumPy does; little-endian.
public enum NumPyType: String, Sendable, CaseIterable {
  case bool = "|b1"
  case i8 = "|i1"
  case u8 = "|u1"
  case i16 = "<i2"
  case u16 = "<u2"
  case i32 = "<i4"
  case u32 = "<u4"
  case i64 = "<i8"
  case u64 = "<u8"
  case f32 = "<f4"
  case f64 = "<f8"

  /// Bytes of one element.
  public var width: Int {
    switch self {
    case .bool, .i8, .u8: 1
    case .i16, .u16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  public var isFloat: Bool { self == .f32 || self == .f64 }
}

/// An array of a `.npy` file: dense, last axis fastest.
public struct NumPyArray: Sendable {
  public let type: NumPyType
  public let shape: [Int]
  /// Holds the elements from `offset` on.
  public let storage: any ConstantStorage
  public let offset: Int

  public init(_ type: NumPyType, _ shape: [Int], storage: any ConstantStorage, offset: Int = 0) {
    precondition(offset >= 0 && offset + shape.reduce(type.width, *) <= storage.count)
    self.type = type
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  public init(_ shape: [Int], floats: [Float]) {
    precondition(shape.reduce(1, *) == floats.count)
    self.init(.f32, shape, storage: OwnedBytes(floats.withUnsafeBytes { [UInt8]($0) }))
  }

  public init(_ shape: [Int], integers: [Int64]) {
    precondition(shape.reduce(1, *) == integers.count)
    self.init(.i64, shape, storage: OwnedBytes(integers.withUnsafeBytes { [UInt8]($0) }))
  }

  public var count: Int { shape.reduce(1, *) }
  public var byteCount: Int { count * type.width }

  /// Calls `body` with the bytes of all elements.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try storage.withBytes { all in try body(UnsafeRawBufferPointer(rebasing: all[offset..<(offset + byteCount)])) }
  }

  /// Elements of a range as numbers in double precision; integers past 2⁵³ are rounded.
  public func numbers(_ range: Range<Int>) -> [Double] {
    withBytes { raw in range.map { number(raw, $0) } }
  }

  /// All elements in single precision.
  public func floats() -> [Float] { withBytes { raw in (0..<count).map { Float(number(raw, $0)) } } }

  /// An element as it stands in the array, whatever a float makes of it.
  public func text(_ index: Int) -> String {
    withBytes { raw in
      switch type {
      case .u64: return "\(raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))"
      case .i64: return "\(raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))"
      default:
        let value = number(raw, index)
        return Int(exactly: value).map { "\($0)" } ?? "\(value)"
      }
    }
  }

  private func number(_ raw: UnsafeRawBufferPointer, _ index: Int) -> Double {
    func at<T: BitwiseCopyable>(_: T.Type) -> T {
      raw.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
    }
    return switch type {
    case .bool, .u8: Double(at(UInt8.self))
    case .i8: Double(at(Int8.self))
    case .i16: Double(at(Int16.self))
    case .u16: Double(at(UInt16.self))
    case .i32: Double(at(Int32.self))
    case .u32: Double(at(UInt32.self))
    case .i64: Double(at(Int64.self))
    case .u64: Double(at(UInt64.self))
    case .f32: Double(at(Float.self))
    case .f64: at(Double.self)
    }
  }
}
