import IR

/// Every operator, by its name in the text form; a test compares it with `OpCode.allCases`.
public let registry: [String: any Operator.Type] = Dictionary(
  uniqueKeysWithValues: operators.map { ($0.name, $0) })

private let operators: [any Operator.Type] = [
  Relu.self, ReluGrad.self,
  Conv.self, ConvGradInput.self, ConvGradWeight.self,
  DepthwiseConv.self, DepthwiseGradInput.self, DepthwiseGradWeight.self,
  ChannelSum.self, ChannelSlice.self, ChannelDot.self, ChannelScale.self, ChannelAffine.self,
]
