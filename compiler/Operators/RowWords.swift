import IR
import Runtime

extension TensorType {
  /// Element type as the image spells it; one byte per boolean.
  public var elementType: ElementType {
    switch dtype {
    case .f32: .f32
    case .f64: .f64
    case .i8: .i8
    case .u8, .bool: .u8
    case .i16: .i16
    case .i32: .i32
    case .i64: .i64
    case .bit: .bit
    case .q8: .q8
    case .q16: .q16
    }
  }
}

/// The words of one row: head, tensor indexes (output first, then operands and scratch), parameters.
///
/// - Parameter scratch: bytes of scratch; nil for as many as the plain kernel needs.
public func rowWords(
  _ op: any KernelOperator, operands: [Int], types: [TensorType], output: TensorType,
  onlyInLastMicroStep: Bool = false, variant: KernelVariant = .plain, scratch: Int? = nil
) -> [UInt32] {
  let parameters =
    scratch.map { op.parameterWords(types, output, scratch: $0) } ?? op.parameterWords(types, output)
  let operands = operands.prefix(1 + op.kernelOperands(of: types.count)) + operands.dropFirst(1 + types.count)
  let isDouble = output.dtype == .f64 || types.contains { $0.dtype == .f64 }
  let head = RowHead(
    opcode: type(of: op).opcode.rawValue, operands: operands.count,
    flags: RowFlags(isDouble: isDouble, onlyInLastMicroStep: onlyInLastMicroStep), variant: variant,
    parameters: parameters.count)
  return [head.first, UInt32(parameters.count)] + operands.map(UInt32.init) + parameters
}
