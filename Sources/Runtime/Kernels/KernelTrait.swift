/// What some kernels can do that few plans ask for; a runner that is built for a plan may do without.
public enum KernelTrait: Sendable {
  /// im2col: float convolutions of several taps or groups.
  case im2col
  /// Weight regions: some channels of a weight are trained, in a tensor of their own.
  case regions
  /// Momentum, Lion, Adam: integer updates that keep moments.
  case moments
  /// Activation functions beside ReLU, and their gradients.
  case activations
  /// Integer sums of more products than are sure to fit 32 bits.
  case longSums
  /// Float kernels that work on vectors; without, the same bits come more slowly.
  case vectors
  /// The same for integer kernels, see `KernelVariant.tiles`.
  case tiles
  /// Rows that several threads share.
  case threads
}

#if !hasFeature(Embedded)
  extension KernelTrait: CaseIterable {}
#endif

extension Call {
  /// Whether a row that was accepted cannot be run without.
  public func needs(_ trait: KernelTrait, _ opcode: OpCode) -> Bool {
    switch trait {
    case .im2col: !(floatConvolution(opcode)?.isDirect ?? true)
    case .regions: hasRegion(opcode)
    case .moments: update(opcode).map { $0.rule != UpdateRule.sgd.rawValue } ?? false
    case .activations: opcode.activationTensors != nil
    case .longSums: longestSum(opcode) > safeProducts
    case .tiles: head.variant == .tiles
    case .vectors, .threads: false
    }
  }

  /// Whether this runner has all that a row that was accepted asks of its kernel.
  func canRun(_ opcode: OpCode) -> Bool {
    if let kernel = gradientKernel(opcode), !isBuilt(kernel.opcode, kernel.source) { return false }
    return !misses(.im2col, opcode) && !misses(.regions, opcode) && !misses(.moments, opcode)
      && !misses(.longSums, opcode)
  }

  @inline(__always)
  private func misses(_ trait: KernelTrait, _ opcode: OpCode) -> Bool { !isBuilt(trait) && needs(trait, opcode) }

  private func floatConvolution(_ opcode: OpCode) -> ConvShape? {
    switch opcode {
    case .conv: parameters(ConvParameters.self).shape
    case .convGradInput: parameters(ConvGradInputParameters.self).shape
    case .convGradWeight: parameters(ConvGradWeightParameters.self).shape
    default: nil
    }
  }

  /// Products in a sum that the kernel may have to collect in parts.
  private func longestSum(_ opcode: OpCode) -> Int {
    switch opcode {
    case .quantizedConv: parameters(QuantizedConvParameters.self).shape.columns
    case .quantizedGradWeight: parameters(QuantizedGradWeightParameters.self).shape.window.outputPixels
    case .quantizedDepthwiseGradWeight:
      parameters(QuantizedDepthwiseGradWeightParameters.self).shape.window.outputPixels
    case .gradWeightUpdate:
      parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self).gradient.shape.window.outputPixels
    case .depthwiseGradWeightUpdate:
      parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self).gradient.shape.window
        .outputPixels
    default: 0
    }
  }

  private func hasRegion(_ opcode: OpCode) -> Bool {
    switch opcode {
    case .quantizedConv: parameters(QuantizedConvParameters.self).shape.hasRegion
    case .quantizedGradInput: parameters(QuantizedGradInputParameters.self).shape.hasRegion
    case .quantizedDepthwise: parameters(QuantizedDepthwiseParameters.self).shape.hasRegion
    case .quantizedDepthwiseGradInput: parameters(QuantizedDepthwiseGradInputParameters.self).shape.hasRegion
    default: floatConvolution(opcode)?.hasRegion ?? false
    }
  }

  private func update(_ opcode: OpCode) -> QuantizedUpdateParameters? {
    switch opcode {
    case .quantizedUpdate: parameters(QuantizedUpdateParameters.self)
    case .gradWeightUpdate: parameters(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self).update
    case .depthwiseGradWeightUpdate:
      parameters(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self).update
    default: nil
    }
  }
}
