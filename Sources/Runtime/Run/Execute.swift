/// Runs one row. What is not listed here is an activation function: `accepts` refuses an opcode that is neither.
///
/// `isBuilt` is a constant in each case. Where it is false, as in runners that are built for a plan without this kernel,
/// nothing calls the kernel any more, and it is not linked.
func execute<S: KernelScalar>(_ opcode: OpCode, _ call: Call, _ context: StepContext, as scalar: S.Type) {
  if S.runFast(opcode, call) { return }
  switch opcode {
  case .relu: if isBuilt(.relu) { relu(call, scalar) }
  case .reluGrad: if isBuilt(.reluGrad) { reluGrad(call, scalar) }
  case .conv: if isBuilt(.conv) { conv(call, scalar) }
  case .convGradInput: if isBuilt(.convGradInput) { convGradInput(call, scalar) }
  case .convGradWeight: if isBuilt(.convGradWeight) { convGradWeight(call, scalar) }
  case .depthwiseConv: if isBuilt(.depthwiseConv) { depthwiseConv(call, scalar) }
  case .depthwiseGradInput: if isBuilt(.depthwiseGradInput) { depthwiseGradInput(call, scalar) }
  case .depthwiseGradWeight: if isBuilt(.depthwiseGradWeight) { depthwiseGradWeight(call, scalar) }
  case .channelSum: if isBuilt(.channelSum) { channelSum(call, scalar) }
  case .channelSlice: if isBuilt(.channelSlice) { channelSlice(call, scalar) }
  case .channelDot: if isBuilt(.channelDot) { channelDot(call, scalar) }
  case .channelScale: if isBuilt(.channelScale) { channelScale(call, scalar) }
  case .channelAffine: if isBuilt(.channelAffine) { channelAffine(call, scalar) }
  case .bitMask: if isBuilt(.bitMask) { bitMask(call, scalar) }
  case .maskGrad: if isBuilt(.maskGrad) { maskGrad(call, scalar) }
  case .add: if isBuilt(.add) { add(call, scalar) }
  case .sub: if isBuilt(.sub) { subtract(call, scalar) }
  case .mul: if isBuilt(.mul) { multiply(call, scalar) }
  case .div: if isBuilt(.div) { divide(call, scalar) }
  case .reduce: if isBuilt(.reduce) { reduce(call, scalar) }
  case .expand: if isBuilt(.expand) { gather(call, scalar) }
  case .matMul: if isBuilt(.matMul) { matMul(call, scalar) }
  case .transpose: if isBuilt(.transpose) { gather(call, scalar) }
  case .concat: if isBuilt(.concat) { concat(call, call.parameters(ConcatParameters.self), scalar) }
  case .slice: if isBuilt(.slice) { gather(call, scalar) }
  case .sliceGrad: if isBuilt(.sliceGrad) { scatter(call, scalar) }
  case .pad: if isBuilt(.pad) { pad(call, scalar) }
  case .padGrad: if isBuilt(.padGrad) { padGrad(call, scalar) }
  case .crop: if isBuilt(.crop) { crop(call) }
  case .paste: if isBuilt(.paste) { paste(call) }
  case .sampleCrop: if isBuilt(.sampleCrop) { sampleCrop(call, context) }
  case .softmax: if isBuilt(.softmax) { softmax(call, scalar) }
  case .softmaxGrad: if isBuilt(.softmaxGrad) { softmaxGrad(call, scalar) }
  case .logSoftmax: if isBuilt(.logSoftmax) { logSoftmax(call, scalar) }
  case .logSoftmaxGrad: if isBuilt(.logSoftmaxGrad) { logSoftmaxGrad(call, scalar) }
  case .localResponseNorm: if isBuilt(.localResponseNorm) { localResponseNorm(call, scalar) }
  case .localResponseNormGrad: if isBuilt(.localResponseNormGrad) { localResponseNormGrad(call, scalar) }
  case .softmaxCrossEntropy: if isBuilt(.softmaxCrossEntropy) { softmaxCrossEntropy(call, scalar) }
  case .softmaxCrossEntropyGrad: if isBuilt(.softmaxCrossEntropyGrad) { softmaxCrossEntropyGrad(call, scalar) }
  case .meanSquaredError: if isBuilt(.meanSquaredError) { meanSquaredError(call, scalar) }
  case .meanSquaredErrorGrad: if isBuilt(.meanSquaredErrorGrad) { meanSquaredErrorGrad(call, scalar) }
  case .countCorrect: if isBuilt(.countCorrect) { countCorrect(call, scalar) }
  case .sgd: if isBuilt(.sgd) { sgd(call, context, scalar) }
  case .momentumState: if isBuilt(.momentumState) { momentumState(call, scalar) }
  case .accumulate: if isBuilt(.accumulate) { accumulate(call, context, scalar) }
  case .maxPool: if isBuilt(.maxPool) { maxPool(call, scalar) }
  case .maxPoolIndex: if isBuilt(.maxPoolIndex) { maxPoolIndex(call, scalar) }
  case .maxPoolGrad: if isBuilt(.maxPoolGrad) { maxPoolGrad(call, scalar) }
  case .averagePool: if isBuilt(.averagePool) { averagePool(call, scalar) }
  case .averagePoolGrad: if isBuilt(.averagePoolGrad) { averagePoolGrad(call, scalar) }
  case .batchNorm: if isBuilt(.batchNorm) { batchNorm(call, scalar) }
  case .batchNormGrad: if isBuilt(.batchNormGrad) { batchNormGrad(call, scalar) }
  case .batchNormGradScale: if isBuilt(.batchNormGradScale) { batchNormGradScale(call, scalar) }
  case .batchNormInference: if isBuilt(.batchNormInference) { batchNormInference(call, scalar) }
  case .runningMean: if isBuilt(.runningMean) { runningMean(call, scalar) }
  case .runningVariance: if isBuilt(.runningVariance) { runningVariance(call, scalar) }
  case .quantize: if isBuilt(.quantize) { quantize(call) }
  case .dequantize: if isBuilt(.dequantize) { dequantize(call) }
  case .quantizedConv: if isBuilt(.quantizedConv) { quantizedConv(call) }
  case .quantizedDepthwise: if isBuilt(.quantizedDepthwise) { quantizedDepthwise(call) }
  case .quantizedAdd: if isBuilt(.quantizedAdd) { quantizedAdd(call) }
  case .requantize: if isBuilt(.requantize) { quantizedAdd(call) }
  case .quantizedPool: if isBuilt(.quantizedPool) { quantizedPool(call) }
  case .quantizedMask: if isBuilt(.quantizedMask) { quantizedMask(call) }
  case .quantizedSlice: if isBuilt(.quantizedSlice) { quantizedSlice(call) }
  case .quantizedMaxPool: if isBuilt(.quantizedMaxPool) { quantizedMaxPool(call) }
  case .quantizedMaxPoolIndex: if isBuilt(.quantizedMaxPoolIndex) { quantizedMaxPoolIndex(call) }
  case .quantizedConcat:
    if isBuilt(.quantizedConcat) { concat(call, call.parameters(QuantizedConcatParameters.self).rows, Int8.self) }
  case .layerScales: if isBuilt(.layerScales) { layerScales(call) }
  case .layerMultipliers: if isBuilt(.layerMultipliers) { layerMultipliers(call) }
  case .layerScalesGrad: if isBuilt(.layerScalesGrad) { layerScalesGrad(call) }
  case .gradientCast: if isBuilt(.gradientCast) { gradientCast(call) }
  case .gradientSum: if isBuilt(.gradientSum) { gradientCast(call) }
  case .quantizedGradInput: if isBuilt(.quantizedGradInput) { quantizedGradInput(call) }
  case .quantizedDepthwiseGradInput: if isBuilt(.quantizedDepthwiseGradInput) { quantizedDepthwiseGradInput(call) }
  case .quantizedGradWeight: if isBuilt(.quantizedGradWeight) { quantizedGradWeight(call, context) }
  case .quantizedDepthwiseGradWeight:
    if isBuilt(.quantizedDepthwiseGradWeight) { quantizedDepthwiseGradWeight(call, context) }
  case .quantizedGradBias: if isBuilt(.quantizedGradBias) { quantizedGradBias(call) }
  case .quantizedUpdate: if isBuilt(.quantizedUpdate) { quantizedUpdate(call, context) }
  case .gradWeightUpdate: if isBuilt(.gradWeightUpdate) { gradWeightUpdate(call, context) }
  case .depthwiseGradWeightUpdate: if isBuilt(.depthwiseGradWeightUpdate) { depthwiseGradWeightUpdate(call, context) }
  case .gradientRange: if isBuilt(.gradientRange) { gradientRange(call) }
  case .encodeNibbles: if isBuilt(.encodeNibbles) { encodeNibbles(call, context) }
  case .decodeNibbles: if isBuilt(.decodeNibbles) { decodeNibbles(call) }
  case .winnerRows: if isBuilt(.winnerRows) { winnerRows(call, context) }
  case .keptRows: if isBuilt(.keptRows) { keptRows(call) }
  case .weightedRows: if isBuilt(.weightedRows) { weightedRows(call) }
  case .projectedRows: if isBuilt(.projectedRows) { projectedRows(call, context, scalar) }
  case .swishSegments: if isBuilt(.swishSegments) { swishSegments(call, scalar) }
  case .swishSegmentsGrad: if isBuilt(.swishSegmentsGrad) { swishSegmentsGrad(call, scalar) }
  case .pageOut: if isBuilt(.pageOut) { pageOut(call, context) }
  case .pageIn: if isBuilt(.pageIn) { pageIn(call, context) }
  case .lossGate: if isBuilt(.lossGate) { lossGate(call) }
  case .lossAverage: if isBuilt(.lossAverage) { lossAverage(call) }
  default: if isBuilt(.activations) { activation(opcode, call, scalar) }
  }
}

/// Runs one row with the float type its flags name.
public func execute(_ opcode: OpCode, _ call: Call, _ context: StepContext) {
  #if !hasFeature(Embedded)
    if call.head.flags.isDouble { return execute(opcode, call, context, as: Double.self) }
  #endif
  execute(opcode, call, context, as: Float.self)
}
