/// A kernel that exists once for each format of the gradient it reads.
public struct GradientKernel: Hashable, Sendable {
  public let opcode: OpCode
  public let source: GradientFormat
}

extension Call {
  /// Which of them a row runs; nil where its kernel exists once.
  public func gradientKernel(_ opcode: OpCode) -> GradientKernel? {
    switch opcode {
    case .gradientCast, .gradientSum:
      GradientKernel(opcode: .gradientCast, source: parameters(GradientCastParameters.self).output.sourceFormat)
    case .quantizedGradInput:
      GradientKernel(opcode: opcode, source: parameters(QuantizedGradInputParameters.self).output.sourceFormat)
    case .quantizedDepthwiseGradInput:
      GradientKernel(opcode: opcode, source: parameters(QuantizedDepthwiseGradInputParameters.self).output.sourceFormat)
    case .quantizedGradWeight:
      GradientKernel(opcode: opcode, source: parameters(QuantizedGradWeightParameters.self).sourceFormat)
    case .quantizedDepthwiseGradWeight:
      GradientKernel(opcode: opcode, source: parameters(QuantizedDepthwiseGradWeightParameters.self).sourceFormat)
    case .quantizedGradBias:
      GradientKernel(opcode: opcode, source: parameters(QuantizedGradBiasParameters.self).sourceFormat)
    case .gradWeightUpdate:
      GradientKernel(
        opcode: opcode,
        source: parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self).gradient.sourceFormat)
    case .depthwiseGradWeightUpdate:
      GradientKernel(
        opcode: opcode,
        source: parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self).gradient
          .sourceFormat)
    default: nil
    }
  }
}
