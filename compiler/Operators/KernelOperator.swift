import IR
import Runtime

/// An operator that a kernel executes; the others are views.
public protocol KernelOperator: Operator {
  static var opcode: OpCode { get }
  /// Runs in the last micro-step of an accumulation window only.
  var runsOnceAWindow: Bool { get }
  /// How many of the operands the kernel is given, the first ones; those behind them only say what must run before.
  func kernelOperands(of count: Int) -> Int
  /// The words behind the operands of the row.
  func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32]
  /// The same for a row with so many bytes of scratch, at least `scratchBytes`.
  func parameterWords(_ inputs: [TensorType], _ output: TensorType, scratch bytes: Int) -> [UInt32]
  /// Products that the kernel for vectors goes through, or as many as that costs; nil where there is no such kernel.
  func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int?
  /// Bytes of scratch with which its tiles are as large as pays; 0 where it has no use for more than the plain kernel.
  func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int
}

extension KernelOperator {
  public var runsOnceAWindow: Bool { false }
  public func kernelOperands(of count: Int) -> Int { count }
  public func parameterWords(_ inputs: [TensorType], _ output: TensorType, scratch bytes: Int) -> [UInt32] {
    parameterWords(inputs, output)
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? { nil }
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { 0 }
}

/// The 32-bit words of a parameter struct.
func words<P: KernelParameters>(_ parameters: P) -> [UInt32] {
  withUnsafeBytes(of: parameters) { raw in
    stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
  }
}

/// An operator without attributes.
protocol PlainOperator: KernelOperator {
  init()
}

extension PlainOperator {
  public init(attributes: Attributes) { self.init() }
  public var attributes: Attributes { [:] }
}

extension Operator {
  /// Checks that an operand is of a float type.
  func expectFloat(_ type: TensorType) throws(ShapeError) {
    guard type.dtype.isFloat else { throw ShapeError(Self.name, "takes floats, not \(type)") }
  }
}

/// An element-wise operator: all operands and the output have one type.
protocol ElementwiseOperator: KernelOperator {
  static var operandCount: Int { get }
}

extension ElementwiseOperator {
  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: Self.operandCount)
    for type in inputs where type != inputs[0] {
      throw ShapeError(Self.name, "operands differ: \(inputs[0]) and \(type)")
    }
    try expectFloat(inputs[0])
    return inputs[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ElementwiseParameters(count: output.count, tensors: 1 + inputs.count))
  }
}
