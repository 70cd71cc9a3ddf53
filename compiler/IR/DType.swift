/// Element type of a tensor.
public enum DType: String, Sendable, CaseIterable {
  case f32
  /// Double precision: only for oracles on the host, never on a board.
  case f64
  case i8, u8, i16, i32, i64
  case bool
  /// One bit per element, eight elements to a byte, least significant bit first.
  case bit
  /// Block floating point: integers of 8 or 16 bits, then, at the next multiple of 4 bytes, one `Float` that scales them
  /// all. Gradients of integer training steps.
  case q8, q16

  /// Bytes that `count` elements take, rounded up to whole bytes.
  public func bytes(_ count: Int) -> Int {
    switch self {
    case .bit: (count + 7) / 8
    case .i8, .u8, .bool: count
    case .i16: 2 * count
    case .f32, .i32: 4 * count
    case .f64, .i64: 8 * count
    case .q8: (count + 3) / 4 * 4 + 4
    case .q16: (2 * count + 3) / 4 * 4 + 4
    }
  }

  public var isFloat: Bool { self == .f32 || self == .f64 }
}
