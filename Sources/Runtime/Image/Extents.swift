/// Checks that every operand of a row is as large and of the type as its kernel will take for granted.
///
/// Also used by the compiler on every row it emits.
public func accepts(_ opcode: OpCode, _ call: Call, tensorCount: Int) -> Bool {
  switch opcode {
  case .relu, .reluGrad, .layerScales, .layerScalesGrad:
    accepts(ElementwiseParameters.self, opcode, call, tensorCount)
  case .conv: accepts(ConvParameters.self, opcode, call, tensorCount)
  case .convGradInput: accepts(ConvGradInputParameters.self, opcode, call, tensorCount)
  case .convGradWeight: accepts(ConvGradWeightParameters.self, opcode, call, tensorCount)
  case .depthwiseConv: accepts(DepthwiseConvParameters.self, opcode, call, tensorCount)
  case .depthwiseGradInput: accepts(DepthwiseGradInputParameters.self, opcode, call, tensorCount)
  case .depthwiseGradWeight: accepts(DepthwiseGradWeightParameters.self, opcode, call, tensorCount)
  case .channelSum, .channelDot, .channelScale, .channelAffine:
    accepts(ChannelParameters.self, opcode, call, tensorCount)
  case .channelSlice: accepts(ChannelSliceParameters.self, opcode, call, tensorCount)
  case .leakyRelu, .leakyReluGrad, .clip, .clipGrad, .hardSigmoid, .hardSigmoidGrad, .hardSwish, .hardSwishGrad,
    .sigmoid, .sigmoidGrad, .tanh, .tanhGrad, .affine, .silu, .siluGrad, .gelu, .geluGrad, .erf,
    .erfGrad:
    accepts(ActivationParameters.self, opcode, call, tensorCount)
  case .bitMask: accepts(BitMaskParameters.self, opcode, call, tensorCount)
  case .maskGrad: accepts(MaskGradParameters.self, opcode, call, tensorCount)
  case .add, .sub, .mul, .div: accepts(BroadcastParameters.self, opcode, call, tensorCount)
  case .reduce: accepts(ReduceParameters.self, opcode, call, tensorCount)
  case .expand, .transpose, .slice: accepts(GatherParameters.self, opcode, call, tensorCount)
  case .sliceGrad: accepts(ScatterParameters.self, opcode, call, tensorCount)
  case .matMul: accepts(MatMulParameters.self, opcode, call, tensorCount)
  case .concat: accepts(ConcatParameters.self, opcode, call, tensorCount)
  case .pad: accepts(PadParameters.self, opcode, call, tensorCount)
  case .padGrad: accepts(PadGradParameters.self, opcode, call, tensorCount)
  case .crop: accepts(CropParameters.self, opcode, call, tensorCount)
  case .sampleCrop: accepts(SampleCropParameters.self, opcode, call, tensorCount)
  case .paste: accepts(PasteParameters.self, opcode, call, tensorCount)
  case .softmax, .softmaxGrad, .logSoftmax, .logSoftmaxGrad: accepts(AxisParameters.self, opcode, call, tensorCount)
  case .localResponseNorm: accepts(LocalResponseNormParameters.self, opcode, call, tensorCount)
  case .localResponseNormGrad: accepts(LocalResponseNormGradParameters.self, opcode, call, tensorCount)
  case .softmaxCrossEntropy, .softmaxCrossEntropyGrad, .countCorrect:
    accepts(ClassParameters.self, opcode, call, tensorCount)
  case .meanSquaredError: accepts(SquaredErrorParameters.self, opcode, call, tensorCount)
  case .meanSquaredErrorGrad: accepts(SquaredErrorGradParameters.self, opcode, call, tensorCount)
  case .sgd, .momentumState, .accumulate: accepts(UpdateParameters.self, opcode, call, tensorCount)
  case .maxPool, .maxPoolIndex: accepts(MaxPoolParameters.self, opcode, call, tensorCount)
  case .maxPoolGrad: accepts(MaxPoolGradParameters.self, opcode, call, tensorCount)
  case .averagePool, .averagePoolGrad: accepts(AveragePoolParameters.self, opcode, call, tensorCount)
  case .batchNorm, .batchNormGrad, .batchNormGradScale, .batchNormInference, .runningMean, .runningVariance:
    accepts(BatchNormParameters.self, opcode, call, tensorCount)
  case .quantize: accepts(QuantizeParameters.self, opcode, call, tensorCount)
  case .dequantize: accepts(DequantizeParameters.self, opcode, call, tensorCount)
  case .quantizedConv: accepts(QuantizedConvParameters.self, opcode, call, tensorCount)
  case .quantizedDepthwise: accepts(QuantizedDepthwiseParameters.self, opcode, call, tensorCount)
  case .quantizedAdd, .requantize: accepts(QuantizedAddParameters.self, opcode, call, tensorCount)
  case .quantizedPool: accepts(QuantizedPoolParameters.self, opcode, call, tensorCount)
  case .quantizedMask: accepts(QuantizedMaskParameters.self, opcode, call, tensorCount)
  case .quantizedSlice: accepts(QuantizedSliceParameters.self, opcode, call, tensorCount)
  case .quantizedMaxPool, .quantizedMaxPoolIndex: accepts(QuantizedMaxPoolParameters.self, opcode, call, tensorCount)
  case .quantizedConcat: accepts(QuantizedConcatParameters.self, opcode, call, tensorCount)
  case .layerMultipliers: accepts(LayerMultipliersParameters.self, opcode, call, tensorCount)
  case .gradientCast, .gradientSum: accepts(GradientCastParameters.self, opcode, call, tensorCount)
  case .quantizedGradInput: accepts(QuantizedGradInputParameters.self, opcode, call, tensorCount)
  case .quantizedDepthwiseGradInput: accepts(QuantizedDepthwiseGradInputParameters.self, opcode, call, tensorCount)
  case .quantizedGradWeight: accepts(QuantizedGradWeightParameters.self, opcode, call, tensorCount)
  case .quantizedDepthwiseGradWeight: accepts(QuantizedDepthwiseGradWeightParameters.self, opcode, call, tensorCount)
  case .quantizedGradBias: accepts(QuantizedGradBiasParameters.self, opcode, call, tensorCount)
  case .quantizedUpdate: accepts(QuantizedUpdateParameters.self, opcode, call, tensorCount)
  case .gradWeightUpdate:
    accepts(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self, opcode, call, tensorCount)
  case .depthwiseGradWeightUpdate:
    accepts(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self, opcode, call, tensorCount)
  case .gradientRange: accepts(GradientRangeParameters.self, opcode, call, tensorCount)
  case .encodeNibbles, .decodeNibbles: accepts(NibbleParameters.self, opcode, call, tensorCount)
  case .winnerRows, .keptRows, .weightedRows: accepts(WinnerRowsParameters.self, opcode, call, tensorCount)
  case .projectedRows: accepts(ProjectedRowsParameters.self, opcode, call, tensorCount)
  case .swishSegments, .swishSegmentsGrad: accepts(SwishSegmentParameters.self, opcode, call, tensorCount)
  case .pageOut, .pageIn: accepts(PageParameters.self, opcode, call, tensorCount)
  case .lossGate, .lossAverage: accepts(LossGuardParameters.self, opcode, call, tensorCount)
  }
}

/// The general question, asked of the parameters of one kernel.
private func accepts<P: KernelParameters>(_: P.Type, _ opcode: OpCode, _ call: Call, _ tensorCount: Int) -> Bool {
  guard call.head.parameters &* 4 == MemoryLayout<P>.size else { return false }
  let parameters = call.parameters(P.self)
  guard parameters.isValid(for: opcode) else { return false }
  guard call.head.operands == parameters.operandCount else { return false }
  return fits(call, tensorCount) { index in
    parameters.extent(of: index).map { extent in
      OperandNeed(extent: extent, type: parameters.type(of: index), isWritten: parameters.writes(index))
    }
  }
}

/// What a kernel takes for granted of an operand.
private struct OperandNeed {
  let extent: Int
  let type: OperandType
  let isWritten: Bool
}

/// Whether every operand is as it is needed; one copy of the loop serves all kernels.
@inline(never)
private func fits(_ call: Call, _ tensorCount: Int, _ need: (Int) -> OperandNeed?) -> Bool {
  let scalar: ElementType = call.head.flags.isDouble ? .f64 : .f32
  for index in 0..<call.head.operands {
    guard call.tensorIndex(index) < tensorCount, let need = need(index) else { return false }
    let tensor = call.tensor(index)
    let expected: ElementType =
      switch need.type {
      case .scalar: scalar
      case .element(let type): type
      }
    guard tensor.type == expected, need.extent <= Int(tensor.count) else { return false }
    guard tensor.section == .arena || !need.isWritten else { return false }
    // Kernels keep numbers of up to 16 bytes in bytes: working memory, rows that are kept, references to samples.
    guard expected != .u8 || tensor.offset % 16 == 0 else { return false }
  }
  return true
}
