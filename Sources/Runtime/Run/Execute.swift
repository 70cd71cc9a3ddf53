/// Runs one row. There is no default: an opcode without a kernel does not compile.
func execute<S: KernelScalar>(_ opcode: OpCode, _ call: Call, _ context: StepContext, as scalar: S.Type) {
  switch opcode {
  case .relu: relu(call, scalar)
  case .reluGrad: reluGrad(call, scalar)
  }
}

/// Runs one row with the float type its flags name.
public func execute(_ opcode: OpCode, _ call: Call, _ context: StepContext) {
  #if !hasFeature(Embedded)
    if call.head.flags.isDouble { return execute(opcode, call, context, as: Double.self) }
  #endif
  execute(opcode, call, context, as: Float.self)
}
