/// Element type of a tensor.
public enum DType: String, Sendable, CaseIterable {
  case f32
  /// Double precision: only for oracles on the host, never on a board.
  case f64
  case i8, u8, i16, i32, i64
  case bool
  /// One bit per element, eight elements to a byte, least significant bit first.
  case bit

  /// Bytes that `count` elements take, rounded up to whole bytes.
  public func bytes(_ count: Int) -> Int {
    switch self {
    case .bit: (count + 7) / 8
    case .i8, .u8, .bool: count
    case .i16: 2 * count
    case .f32, .i32: 4 * count
    case .f64, .i64: 8 * count
    }
  }

  public var isFloat: Bool { self == .f32 || self == .f64 }
}
