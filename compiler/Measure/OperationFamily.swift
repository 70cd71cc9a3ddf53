import Runtime

/// What kind of work a row is: rows of one family cost about as much for what they compute.
public enum OperationFamily: String, Codable, CaseIterable, Sendable {
  /// Convolutions and products of matrices: forward, gradient of the input, gradient of the weight with its update where
  /// both are one row.
  case dense
  case denseDx = "dense_dx"
  case denseDw = "dense_dw"
  case depthwise
  case depthwiseDx = "depthwise_dx"
  case depthwiseDw = "depthwise_dw"
  /// Products of matrices of which both may be activations or gradients.
  case product
  /// Weights, biases, scales and statistics that move.
  case update
  /// One element after the other: activation functions, masks, casts, ranges, sums of two.
  case elements
  /// Sums over many elements: pooling, normalization, gradients of biases.
  case sums
  /// Softmax and losses.
  case loss
  /// Elements that only move, and samples.
  case moves
  /// Forward values that are packed, or wait in a file.
  case saved

  /// The family of an opcode.
  public init(_ opcode: OpCode) {
    self =
      switch opcode {
      case .conv, .quantizedConv: .dense
      case .convGradInput, .quantizedGradInput: .denseDx
      case .convGradWeight, .quantizedGradWeight, .gradWeightUpdate: .denseDw
      case .depthwiseConv, .quantizedDepthwise: .depthwise
      case .depthwiseGradInput, .quantizedDepthwiseGradInput: .depthwiseDx
      case .depthwiseGradWeight, .quantizedDepthwiseGradWeight, .depthwiseGradWeightUpdate: .depthwiseDw
      case .matMul: .product
      case .sgd, .momentumState, .accumulate, .quantizedUpdate, .runningMean, .runningVariance, .layerScales,
        .layerMultipliers:
        .update
      case .channelSum, .channelDot, .reduce, .maxPool, .maxPoolIndex, .maxPoolGrad, .averagePool, .averagePoolGrad,
        .batchNorm, .batchNormGrad, .batchNormGradScale, .batchNormInference, .localResponseNorm,
        .localResponseNormGrad, .quantizedPool, .quantizedMaxPool, .quantizedMaxPoolIndex, .quantizedGradBias,
        .layerScalesGrad:
        .sums
      case .softmax, .softmaxGrad, .logSoftmax, .logSoftmaxGrad, .softmaxCrossEntropy, .softmaxCrossEntropyGrad,
        .meanSquaredError, .meanSquaredErrorGrad, .countCorrect, .lossGate, .lossAverage:
        .loss
      case .expand, .transpose, .concat, .slice, .sliceGrad, .pad, .padGrad, .crop, .paste, .sampleCrop, .channelSlice,
        .quantizedSlice, .quantizedConcat:
        .moves
      case .encodeNibbles, .decodeNibbles, .winnerRows, .projectedRows, .swishSegments, .swishSegmentsGrad, .keptRows,
        .weightedRows, .pageOut, .pageIn:
        .saved
      // What is not listed goes from element to element, as activation functions do.
      default: .elements
      }
  }
}
