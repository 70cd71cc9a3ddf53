/// Runs one row. There is no default: an opcode without a kernel does not compile.
func execute<S: KernelScalar>(_ opcode: OpCode, _ call: Call, _ context: StepContext, as scalar: S.Type) {
  switch opcode {
  case .relu: relu(call, scalar)
  case .reluGrad: reluGrad(call, scalar)
  case .conv: conv(call, scalar)
  case .convGradInput: convGradInput(call, scalar)
  case .convGradWeight: convGradWeight(call, scalar)
  case .depthwiseConv: depthwiseConv(call, scalar)
  case .depthwiseGradInput: depthwiseGradInput(call, scalar)
  case .depthwiseGradWeight: depthwiseGradWeight(call, scalar)
  case .channelSum: channelSum(call, scalar)
  case .channelSlice: channelSlice(call, scalar)
  case .channelDot: channelDot(call, scalar)
  case .channelScale: channelScale(call, scalar)
  case .channelAffine: channelAffine(call, scalar)
  }
}

/// Runs one row with the float type its flags name.
public func execute(_ opcode: OpCode, _ call: Call, _ context: StepContext) {
  #if !hasFeature(Embedded)
    if call.head.flags.isDouble { return execute(opcode, call, context, as: Double.self) }
  #endif
  execute(opcode, call, context, as: Float.self)
}
