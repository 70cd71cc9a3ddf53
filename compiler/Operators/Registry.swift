import IR

/// Every operator, by its name in the text form; a test compares it with `OpCode.allCases`.
public let registry: [String: any Operator.Type] = Dictionary(
  uniqueKeysWithValues: operators.map { ($0.name, $0) })

/// Activation functions that networks also compute in parts, by name.
public let composedActivations: [any ComposedActivation.Type] =
  operators.sorted { $0.name < $1.name }.compactMap { $0 as? any ComposedActivation.Type }

private let operators: [any Operator.Type] = [
  Conv.self, ConvGradInput.self, ConvGradWeight.self, DepthwiseConv.self, DepthwiseGradInput.self,
  DepthwiseGradWeight.self, MaxPool.self, MaxPoolIndex.self, MaxPoolGrad.self, AveragePool.self, AveragePoolGrad.self,
  BatchNorm.self, BatchNormGrad.self, BatchNormGradScale.self, BatchNormInference.self, FixedBatchNorm.self,
  RunningMean.self, RunningVariance.self, ChannelSum.self, ChannelSlice.self, ChannelDot.self, ChannelScale.self,
  ChannelAffine.self,
  Relu.self, ReluGrad.self, LeakyRelu.self, LeakyReluGrad.self, Clip.self, ClipGrad.self, HardSigmoid.self,
  HardSigmoidGrad.self, HardSwish.self, HardSwishGrad.self, Sigmoid.self, SigmoidGrad.self, Tanh.self, TanhGrad.self,
  Affine.self, BitMask.self, MaskGrad.self, Add.self, Sub.self, Mul.self, Div.self, Reduce.self, Expand.self,
  MatMul.self, Reshape.self, Transpose.self, Concat.self, Slice.self, SliceGrad.self, Pad.self, PadGrad.self,
  Softmax.self, SoftmaxGrad.self, LogSoftmax.self, LogSoftmaxGrad.self, LRN.self, LRNGrad.self,
  SoftmaxCrossEntropy.self,
  SoftmaxCrossEntropyGrad.self, MeanSquaredError.self, MeanSquaredErrorGrad.self, CountCorrect.self, SGD.self,
  MomentumState.self, Accumulate.self, Quantize.self, Dequantize.self, QuantizedMask.self, QuantizedSlice.self,
  QuantizedConv.self, QuantizedDepthwise.self, QuantizedAdd.self, Requantize.self, QuantizedPool.self,
  QuantizedMaxPool.self, QuantizedMaxPoolIndex.self, QuantizedConcat.self,
  Crop.self, Paste.self, SampleCrop.self, GradientCast.self, GradientSum.self, GradientRangeUpdate.self, LossGate.self,
  LossAverage.self,
  QuantizedGradInput.self,
  QuantizedDepthwiseGradInput.self, QuantizedGradWeight.self, QuantizedDepthwiseGradWeight.self, QuantizedGradBias.self,
  QuantizedUpdate.self, GradWeightUpdate<QuantizedGradWeight>.self,
  GradWeightUpdate<QuantizedDepthwiseGradWeight>.self, SummedGradWeight<QuantizedGradWeight>.self,
  SummedGradWeight<QuantizedDepthwiseGradWeight>.self, EncodeNibbles.self, DecodeNibbles.self, WinnerRows.self,
  KeptRows.self, WeightedRows.self,
  ProjectedRows.self, SwishSegments.self, SwishSegmentsGrad.self, PageOut.self, PageIn.self, StateIn.self,
  StateOut.self,
  WeightCopy.self,
  LayerScales.self, LayerScalesGrad.self, LayerMultipliers.self,
  Silu.self, SiluGrad.self, Gelu.self, GeluGrad.self, Erf.self, ErfGrad.self,
  Softplus.self, SoftplusGrad.self, Mish.self, MishGrad.self,
]
