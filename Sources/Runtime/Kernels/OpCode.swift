/// What a row of a plan does; the raw values are part of the image format and are never reused.
public enum OpCode: UInt16, Sendable {
  // Activations, element by element.
  case relu = 1
  case reluGrad = 2

  // Convolutions.
  case conv = 100
  case convGradInput = 101
  case convGradWeight = 102
  case depthwiseConv = 103
  case depthwiseGradInput = 104
  case depthwiseGradWeight = 105

  // Channels of a picture.
  case channelSum = 110
  case channelSlice = 111
  case channelDot = 112
  case channelScale = 113
  case channelAffine = 114
  case leakyRelu = 3
  case leakyReluGrad = 4
  case clip = 5
  case clipGrad = 6
  case hardSigmoid = 7
  case hardSigmoidGrad = 8
  case hardSwish = 9
  case hardSwishGrad = 10
  case sigmoid = 11
  case sigmoidGrad = 12
  case tanh = 13
  case tanhGrad = 14
  case affine = 15
  case bitMask = 16
  case maskGrad = 17
  case silu = 18
  case siluGrad = 19
  case gelu = 24
  case geluGrad = 25
  case erf = 26
  case erfGrad = 27
  case softplus = 28
  case softplusGrad = 29
  case mish = 60
  case mishGrad = 61

  // Arithmetic with broadcasting, reductions, products.
  case add = 20
  case sub = 21
  case mul = 22
  case div = 23
  case reduce = 30
  case expand = 31
  case matMul = 32

  // Elements that only move.
  case transpose = 40
  case concat = 41
  case slice = 42
  case sliceGrad = 43
  case pad = 44
  case padGrad = 45
  case crop = 46
  case paste = 47
  case sampleCrop = 48

  // Along one axis.
  case softmax = 50
  case softmaxGrad = 51
  case logSoftmax = 52
  case logSoftmaxGrad = 53
  case localResponseNorm = 54
  case localResponseNormGrad = 55

  // Losses and scores.
  case softmaxCrossEntropy = 200
  case softmaxCrossEntropyGrad = 201
  case meanSquaredError = 202
  case meanSquaredErrorGrad = 203
  case countCorrect = 204

  // Updates of weights and optimizer state.
  case sgd = 210
  case momentumState = 211
  case accumulate = 212

  // Pooling.
  case maxPool = 120
  case maxPoolIndex = 121
  case maxPoolGrad = 122
  case averagePool = 123
  case averagePoolGrad = 124

  // Normalization over a batch.
  case batchNorm = 130
  case batchNormGrad = 131
  case batchNormGradScale = 132
  case batchNormInference = 133
  case runningMean = 134
  case runningVariance = 135

  // Between floats and integers.
  case quantize = 300
  case dequantize = 301

  // Integer layers.
  case quantizedConv = 310
  case quantizedDepthwise = 311
  case quantizedAdd = 312
  case requantize = 313
  case quantizedPool = 314
  case quantizedMask = 315
  case quantizedSlice = 316
  case quantizedMaxPool = 317
  case quantizedMaxPoolIndex = 318
  case quantizedConcat = 319
  case layerScales = 320
  case layerMultipliers = 321

  // Gradients of integer layers.
  case gradientCast = 330
  case gradientSum = 331
  case quantizedGradInput = 332
  case quantizedDepthwiseGradInput = 333
  case quantizedGradWeight = 334
  case quantizedDepthwiseGradWeight = 335
  case quantizedGradBias = 336
  case gradWeightUpdate = 337
  case depthwiseGradWeightUpdate = 338
  case layerScalesGrad = 339

  // Updates of integer weights, and of the scales of gradients.
  case quantizedUpdate = 350
  case gradientRange = 351

  // Forward values in fewer bytes, or parts of them, for the backward pass.
  case encodeNibbles = 400
  case decodeNibbles = 401
  case winnerRows = 402
  case projectedRows = 403
  case swishSegments = 404
  case swishSegmentsGrad = 405
  case keptRows = 406
  case weightedRows = 407
  case pageOut = 410
  case pageIn = 411

  // What keeps a step from learning.
  case lossGate = 360
  case lossAverage = 361
}

extension OpCode {
  /// Whether there is a kernel of the variant `tiles`.
  public var hasTiles: Bool {
    switch self {
    case .quantizedConv, .quantizedDepthwise, .quantizedGradInput, .quantizedDepthwiseGradInput, .quantizedGradWeight,
      .quantizedDepthwiseGradWeight, .gradWeightUpdate, .depthwiseGradWeightUpdate, .quantizedMask, .gradientRange,
      .gradientCast, .gradientSum, .quantizedUpdate:
      true
    default: false
    }
  }
}

#if !hasFeature(Embedded)
  extension OpCode: CaseIterable {}
#endif
