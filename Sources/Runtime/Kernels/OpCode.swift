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
}

#if !hasFeature(Embedded)
  extension OpCode: CaseIterable {}
#endif
