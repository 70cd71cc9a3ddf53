/// What a kernel reads from its row beside the operands; every field is a 32-bit word.
///
/// The reader asks for the extents once, when an image is loaded; after that no kernel checks anything.
public protocol KernelParameters: BitwiseCopyable {
  /// Operands that the kernel takes, the output and scratch included; a row has exactly these.
  var operandCount: Int { get }
  /// Elements that the kernel touches of operand `index` (0 is the output, scratch is last).
  ///
  /// Nil where the parameters make no sense, or there is no such operand.
  func extent(of index: Int) -> Int?
  /// Element type of operand `index`.
  func type(of index: Int) -> OperandType
  /// Whether the kernel writes operand `index`, which then must not be a constant.
  func writes(_ index: Int) -> Bool
  /// Whether they are those of this kernel, where several share a struct: what a file says about operands must be
  /// what the kernel will take.
  func isValid(for opcode: OpCode) -> Bool
}

public enum OperandType {
  /// Float operands of the row: `f32`, or `f64` for oracles.
  case scalar
  case element(ElementType)
}

extension KernelParameters {
  public func isValid(for opcode: OpCode) -> Bool { true }

  public func type(of index: Int) -> OperandType { .scalar }

  public func writes(_ index: Int) -> Bool { index == 0 || isScratch(index) }

  /// Whether operand `index` is working memory: bytes that stand last.
  func isScratch(_ index: Int) -> Bool {
    guard index > 0, case .element(.u8) = type(of: index) else { return false }
    return index == operandCount - 1
  }
}

/// A product or sum of sizes for `extent`: nil once a size is not positive or the value passes 2³¹ − 1.
struct Extent {
  private(set) var value: Int? = 1

  static func * (a: Extent, size: Int32) -> Extent {
    guard let count = a.value, size > 0 else { return Extent(value: nil) }
    let (product, overflow) = Int32(count).multipliedReportingOverflow(by: size)
    return Extent(value: overflow ? nil : Int(product))
  }

  static func + (a: Extent, b: Extent) -> Extent {
    guard let first = a.value, let second = b.value else { return Extent(value: nil) }
    let (sum, overflow) = Int32(first).addingReportingOverflow(Int32(second))
    return Extent(value: overflow ? nil : Int(sum))
  }
}
