/// Where the bytes of a tensor are.
public enum Section: UInt8 {
  /// In the mapped image, read-only.
  case constants = 0
  case arena = 1
}

/// One tensor of a program: section, element type, elements, first byte. 16 bytes.
public struct TensorRow: BitwiseCopyable {
  /// Raw value of `Section` in bits 0 to 7, of `ElementType` in bits 8 to 15.
  public var kind: UInt32
  public var count: UInt32
  public var offset: UInt64

  public init(section: Section, type: ElementType, count: Int, offset: Int) {
    kind = UInt32(section.rawValue) | UInt32(type.rawValue) << 8
    self.count = UInt32(count)
    self.offset = zeroExtended(offset)
  }

  public var section: Section? { Section(rawValue: UInt8(truncatingIfNeeded: kind)) }
  public var type: ElementType? { ElementType(rawValue: UInt8(truncatingIfNeeded: kind >> 8)) }
}

/// Element types as the image spells them.
public enum ElementType: UInt8 {
  case f32 = 0
  case f64 = 1
  case i8 = 2
  case u8 = 3
  case i16 = 4
  case i32 = 5
  case i64 = 6
  case bit = 7
  /// Block floating point: integers, then their common scale at the next multiple of 4 bytes.
  case q8 = 8
  case q16 = 9

  /// Bytes of `count` elements.
  public func bytes(_ count: Int) -> Int {
    switch self {
    case .bit: (count &+ 7) / 8
    case .i8, .u8: count
    case .i16: count &* 2
    case .f32, .i32: count &* 4
    case .f64, .i64: count &* 8
    case .q8: (count &+ 3) / 4 &* 4 &+ 4
    case .q16: (count &* 2 &+ 3) / 4 &* 4 &+ 4
    }
  }
}

/// The first two words of a row; operands and parameters follow as words.
///
/// Word 0: opcode in bits 0 to 15, operands in bits 16 to 23, `RowFlags` in bits 24 and 25, `KernelVariant` in bits 26 to
/// 31. Word 1: parameter words.
public struct RowHead {
  public let opcode: UInt16
  public let operands: Int
  public let flags: RowFlags
  public let parameters: Int

  public init(
    opcode: UInt16, operands: Int, flags: RowFlags, variant: KernelVariant = .plain, parameters: Int
  ) {
    self.opcode = opcode
    self.operands = operands
    self.flags = RowFlags(rawValue: flags.rawValue | variant.rawValue << 2)
    self.parameters = parameters
  }

  public init(_ first: UInt32, _ second: UInt32) {
    opcode = UInt16(truncatingIfNeeded: first)
    operands = Int(first >> 16 & 0xff)
    flags = RowFlags(rawValue: UInt8(truncatingIfNeeded: first >> 24))
    parameters = Int(second)
  }

  public var first: UInt32 { UInt32(opcode) | UInt32(operands) << 16 | UInt32(flags.rawValue) << 24 }
  public var words: Int { 2 &+ operands &+ parameters }
  /// Nil for one that this reader does not know.
  public var variant: KernelVariant? { KernelVariant(rawValue: flags.rawValue >> 2) }
}

/// The two flags of a row, in the lowest bits of the byte that it shares with its variant.
public struct RowFlags: Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(isDouble: Bool = false, onlyInLastMicroStep: Bool = false) {
    rawValue = (isDouble ? 1 : 0) | (onlyInLastMicroStep ? 2 : 0)
  }

  /// Operands are `f64` where the kernel is a float kernel: oracles only.
  public var isDouble: Bool { rawValue & 1 != 0 }
  /// Runs only in the last micro-step of an accumulation window.
  public var onlyInLastMicroStep: Bool { rawValue & 2 != 0 }
}
