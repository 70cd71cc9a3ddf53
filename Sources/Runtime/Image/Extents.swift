/// Checks that every operand of a row is as large and of the type as its kernel will take for granted.
///
/// Also used by the compiler on every row it emits. A runner without a kernel has no check for it either, and refuses.
public func accepts(_ opcode: OpCode, _ call: Call, tensorCount: Int) -> Bool {
  let row = UncheckedRow(opcode: opcode, call: call, tensorCount: tensorCount)
  return switch opcode {
  case .relu: row.fits(ElementwiseParameters.self, .relu)
  case .reluGrad: row.fits(ElementwiseParameters.self, .reluGrad)
  case .layerScales: row.fits(ElementwiseParameters.self, .layerScales)
  case .layerScalesGrad: row.fits(ElementwiseParameters.self, .layerScalesGrad)
  case .conv: row.fits(ConvParameters.self, .conv)
  case .convGradInput: row.fits(ConvGradInputParameters.self, .convGradInput)
  case .convGradWeight: row.fits(ConvGradWeightParameters.self, .convGradWeight)
  case .depthwiseConv: row.fits(DepthwiseConvParameters.self, .depthwiseConv)
  case .depthwiseGradInput: row.fits(DepthwiseGradInputParameters.self, .depthwiseGradInput)
  case .depthwiseGradWeight: row.fits(DepthwiseGradWeightParameters.self, .depthwiseGradWeight)
  case .channelSum: row.fits(ChannelParameters.self, .channelSum)
  case .channelDot: row.fits(ChannelParameters.self, .channelDot)
  case .channelScale: row.fits(ChannelParameters.self, .channelScale)
  case .channelAffine: row.fits(ChannelParameters.self, .channelAffine)
  case .channelSlice: row.fits(ChannelSliceParameters.self, .channelSlice)
  case .bitMask: row.fits(BitMaskParameters.self, .bitMask)
  case .maskGrad: row.fits(MaskGradParameters.self, .maskGrad)
  case .add: row.fits(BroadcastParameters.self, .add)
  case .sub: row.fits(BroadcastParameters.self, .sub)
  case .mul: row.fits(BroadcastParameters.self, .mul)
  case .div: row.fits(BroadcastParameters.self, .div)
  case .reduce: row.fits(ReduceParameters.self, .reduce)
  case .expand: row.fits(GatherParameters.self, .expand)
  case .transpose: row.fits(GatherParameters.self, .transpose)
  case .slice: row.fits(GatherParameters.self, .slice)
  case .sliceGrad: row.fits(ScatterParameters.self, .sliceGrad)
  case .matMul: row.fits(MatMulParameters.self, .matMul)
  case .concat: row.fits(ConcatParameters.self, .concat)
  case .pad: row.fits(PadParameters.self, .pad)
  case .padGrad: row.fits(PadGradParameters.self, .padGrad)
  case .crop: row.fits(CropParameters.self, .crop)
  case .sampleCrop: row.fits(SampleCropParameters.self, .sampleCrop)
  case .paste: row.fits(PasteParameters.self, .paste)
  case .softmax: row.fits(AxisParameters.self, .softmax)
  case .softmaxGrad: row.fits(AxisParameters.self, .softmaxGrad)
  case .logSoftmax: row.fits(AxisParameters.self, .logSoftmax)
  case .logSoftmaxGrad: row.fits(AxisParameters.self, .logSoftmaxGrad)
  case .localResponseNorm: row.fits(LocalResponseNormParameters.self, .localResponseNorm)
  case .localResponseNormGrad: row.fits(LocalResponseNormGradParameters.self, .localResponseNormGrad)
  case .softmaxCrossEntropy: row.fits(ClassParameters.self, .softmaxCrossEntropy)
  case .softmaxCrossEntropyGrad: row.fits(ClassParameters.self, .softmaxCrossEntropyGrad)
  case .countCorrect: row.fits(ClassParameters.self, .countCorrect)
  case .meanSquaredError: row.fits(SquaredErrorParameters.self, .meanSquaredError)
  case .meanSquaredErrorGrad: row.fits(SquaredErrorGradParameters.self, .meanSquaredErrorGrad)
  case .sgd: row.fits(UpdateParameters.self, .sgd)
  case .momentumState: row.fits(UpdateParameters.self, .momentumState)
  case .accumulate: row.fits(UpdateParameters.self, .accumulate)
  case .maxPool: row.fits(MaxPoolParameters.self, .maxPool)
  case .maxPoolIndex: row.fits(MaxPoolParameters.self, .maxPoolIndex)
  case .maxPoolGrad: row.fits(MaxPoolGradParameters.self, .maxPoolGrad)
  case .averagePool: row.fits(AveragePoolParameters.self, .averagePool)
  case .averagePoolGrad: row.fits(AveragePoolParameters.self, .averagePoolGrad)
  case .batchNorm: row.fits(BatchNormParameters.self, .batchNorm)
  case .batchNormGrad: row.fits(BatchNormParameters.self, .batchNormGrad)
  case .batchNormGradScale: row.fits(BatchNormParameters.self, .batchNormGradScale)
  case .batchNormInference: row.fits(BatchNormParameters.self, .batchNormInference)
  case .runningMean: row.fits(BatchNormParameters.self, .runningMean)
  case .runningVariance: row.fits(BatchNormParameters.self, .runningVariance)
  case .quantize: row.fits(QuantizeParameters.self, .quantize)
  case .dequantize: row.fits(DequantizeParameters.self, .dequantize)
  case .quantizedConv: row.fits(QuantizedConvParameters.self, .quantizedConv)
  case .quantizedDepthwise: row.fits(QuantizedDepthwiseParameters.self, .quantizedDepthwise)
  case .quantizedAdd: row.fits(QuantizedAddParameters.self, .quantizedAdd)
  case .requantize: row.fits(QuantizedAddParameters.self, .requantize)
  case .quantizedPool: row.fits(QuantizedPoolParameters.self, .quantizedPool)
  case .quantizedMask: row.fits(QuantizedMaskParameters.self, .quantizedMask)
  case .quantizedSlice: row.fits(QuantizedSliceParameters.self, .quantizedSlice)
  case .quantizedMaxPool: row.fits(QuantizedMaxPoolParameters.self, .quantizedMaxPool)
  case .quantizedMaxPoolIndex: row.fits(QuantizedMaxPoolParameters.self, .quantizedMaxPoolIndex)
  case .quantizedConcat: row.fits(QuantizedConcatParameters.self, .quantizedConcat)
  case .layerMultipliers: row.fits(LayerMultipliersParameters.self, .layerMultipliers)
  case .gradientCast: row.fits(GradientCastParameters.self, .gradientCast)
  case .gradientSum: row.fits(GradientCastParameters.self, .gradientSum)
  case .quantizedGradInput: row.fits(QuantizedGradInputParameters.self, .quantizedGradInput)
  case .quantizedDepthwiseGradInput: row.fits(QuantizedDepthwiseGradInputParameters.self, .quantizedDepthwiseGradInput)
  case .quantizedGradWeight: row.fits(QuantizedGradWeightParameters.self, .quantizedGradWeight)
  case .quantizedDepthwiseGradWeight:
    row.fits(QuantizedDepthwiseGradWeightParameters.self, .quantizedDepthwiseGradWeight)
  case .quantizedGradBias: row.fits(QuantizedGradBiasParameters.self, .quantizedGradBias)
  case .quantizedUpdate: row.fits(QuantizedUpdateParameters.self, .quantizedUpdate)
  case .gradWeightUpdate: row.fits(GradWeightUpdateParameters<QuantizedGradWeightParameters>.self, .gradWeightUpdate)
  case .depthwiseGradWeightUpdate:
    row.fits(GradWeightUpdateParameters<QuantizedDepthwiseGradWeightParameters>.self, .depthwiseGradWeightUpdate)
  case .gradientRange: row.fits(GradientRangeParameters.self, .gradientRange)
  case .encodeNibbles: row.fits(NibbleParameters.self, .encodeNibbles)
  case .decodeNibbles: row.fits(NibbleParameters.self, .decodeNibbles)
  case .winnerRows: row.fits(WinnerRowsParameters.self, .winnerRows)
  case .keptRows: row.fits(WinnerRowsParameters.self, .keptRows)
  case .weightedRows: row.fits(WinnerRowsParameters.self, .weightedRows)
  case .projectedRows: row.fits(ProjectedRowsParameters.self, .projectedRows)
  case .swishSegments: row.fits(SwishSegmentParameters.self, .swishSegments)
  case .swishSegmentsGrad: row.fits(SwishSegmentParameters.self, .swishSegmentsGrad)
  case .pageOut: row.fits(PageParameters.self, .pageOut)
  case .pageIn: row.fits(PageParameters.self, .pageIn)
  case .lossGate: row.fits(LossGuardParameters.self, .lossGate)
  case .lossAverage: row.fits(LossGuardParameters.self, .lossAverage)
  default: isBuilt(.activations) && row.fits(ActivationParameters.self)
  }
}

/// A row as it stands in a file.
private struct UncheckedRow {
  let opcode: OpCode
  let call: Call
  let tensorCount: Int

  /// Whether this runner has the kernel, and the row is what that takes.
  @inline(__always)
  func fits<P: KernelParameters>(_: P.Type, _ kernel: OpCode) -> Bool { isBuilt(kernel) && fits(P.self) }

  func fits<P: KernelParameters>(_: P.Type) -> Bool {
    guard call.head.parameters &* 4 == MemoryLayout<P>.size else { return false }
    let parameters = call.parameters(P.self)
    guard parameters.isValid(for: opcode) else { return false }
    guard call.head.operands == parameters.operandCount else { return false }
    return operandsFit(call, tensorCount) { index in
      parameters.extent(of: index).map { extent in
        OperandNeed(extent: extent, type: parameters.type(of: index), isWritten: parameters.writes(index))
      }
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
private func operandsFit(_ call: Call, _ tensorCount: Int, _ need: (Int) -> OperandNeed?) -> Bool {
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
