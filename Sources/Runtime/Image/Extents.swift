/// Checks that every operand of a row is as large and of the type as its kernel will take for granted.
///
/// Also used by the compiler on every row it emits.
public func accepts(_ opcode: OpCode, _ call: Call, tensorCount: Int) -> Bool {
  switch opcode {
  case .relu, .reluGrad: accepts(ElementwiseParameters.self, call, tensorCount)
  case .conv: accepts(ConvParameters.self, call, tensorCount)
  case .convGradInput: accepts(ConvGradInputParameters.self, call, tensorCount)
  case .convGradWeight: accepts(ConvGradWeightParameters.self, call, tensorCount)
  case .depthwiseConv: accepts(DepthwiseConvParameters.self, call, tensorCount)
  case .depthwiseGradInput: accepts(DepthwiseGradInputParameters.self, call, tensorCount)
  case .depthwiseGradWeight: accepts(DepthwiseGradWeightParameters.self, call, tensorCount)
  case .channelSum, .channelDot, .channelScale, .channelAffine:
    accepts(ChannelParameters.self, call, tensorCount)
  case .channelSlice: accepts(ChannelSliceParameters.self, call, tensorCount)
  case .leakyRelu, .leakyReluGrad, .clip, .clipGrad, .hardSigmoid, .hardSigmoidGrad, .hardSwish, .hardSwishGrad,
    .sigmoid, .sigmoidGrad, .tanh, .tanhGrad, .affine:
    accepts(ActivationParameters.self, call, tensorCount)
  case .bitMask: accepts(BitMaskParameters.self, call, tensorCount)
  case .maskGrad: accepts(MaskGradParameters.self, call, tensorCount)
  case .add, .sub, .mul, .div: accepts(BroadcastParameters.self, call, tensorCount)
  case .reduce: accepts(ReduceParameters.self, call, tensorCount)
  case .expand, .transpose, .slice: accepts(GatherParameters.self, call, tensorCount)
  case .sliceGrad: accepts(ScatterParameters.self, call, tensorCount)
  case .matMul: accepts(MatMulParameters.self, call, tensorCount)
  case .concat: accepts(ConcatParameters.self, call, tensorCount)
  case .pad: accepts(PadParameters.self, call, tensorCount)
  case .padGrad: accepts(PadGradParameters.self, call, tensorCount)
  case .softmax, .softmaxGrad, .logSoftmax, .logSoftmaxGrad: accepts(AxisParameters.self, call, tensorCount)
  case .localResponseNorm: accepts(LocalResponseNormParameters.self, call, tensorCount)
  case .localResponseNormGrad: accepts(LocalResponseNormGradParameters.self, call, tensorCount)
  case .softmaxCrossEntropy, .softmaxCrossEntropyGrad, .countCorrect:
    accepts(ClassParameters.self, call, tensorCount)
  case .meanSquaredError: accepts(SquaredErrorParameters.self, call, tensorCount)
  case .meanSquaredErrorGrad: accepts(SquaredErrorGradParameters.self, call, tensorCount)
  case .sgd, .momentumState, .accumulate: accepts(UpdateParameters.self, call, tensorCount)
  case .maxPool, .maxPoolIndex: accepts(MaxPoolParameters.self, call, tensorCount)
  case .maxPoolGrad: accepts(MaxPoolGradParameters.self, call, tensorCount)
  case .averagePool, .averagePoolGrad: accepts(AveragePoolParameters.self, call, tensorCount)
  case .batchNorm, .batchNormGrad, .batchNormGradScale, .batchNormInference, .runningMean, .runningVariance:
    accepts(BatchNormParameters.self, call, tensorCount)
  }
}

private func accepts<P: KernelParameters>(_: P.Type, _ call: Call, _ tensorCount: Int) -> Bool {
  guard call.head.parameters &* 4 == MemoryLayout<P>.size else { return false }
  let parameters = call.parameters(P.self)
  let scalar: ElementType = call.head.flags.isDouble ? .f64 : .f32
  for index in 0..<call.head.operands {
    guard call.tensorIndex(index) < tensorCount, let extent = parameters.extent(of: index) else { return false }
    let tensor = call.tensor(index)
    let expected: ElementType =
      switch parameters.type(of: index) {
      case .scalar: scalar
      case .element(let type): type
      }
    guard tensor.type == expected, extent <= Int(tensor.count) else { return false }
    guard tensor.section == .arena || !parameters.writes(index) else { return false }
  }
  return parameters.extent(of: call.head.operands) == nil
}
