/// Operands: y and up to 64 others, all i8. See `ConcatParameters`.
public struct QuantizedConcatParameters: KernelParameters {
  public var rows: ConcatParameters

  public init(_ rows: ConcatParameters) { self.rows = rows }

  public var operandCount: Int { rows.operandCount }

  public func extent(of index: Int) -> Int? { rows.extent(of: index) }
  public func type(of index: Int) -> OperandType { .element(.i8) }
}
