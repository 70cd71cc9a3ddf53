import IR
import Runtime

/// Depthwise convolution of NHWC pictures with weights `[1,KH,KW,C·m]`: output channel c·m+j reads input channel c.
///
/// Operands: x, w, bias where `hasBias`, region weights `[1,KH,KW,end-start]` where `region`. The region is a range of
/// weight channels that come from the last operand and not from w; it needs m = 1.
public struct DepthwiseConv: KernelOperator {
  public static let name = "depthwise_conv"
  public static let opcode = OpCode.depthwiseConv

  public var sliding: Sliding
  public var hasBias: Bool
  public var region: Range<Int>?

  public init(_ sliding: Sliding = Sliding(), hasBias: Bool = false, region: Range<Int>? = nil) {
    self.sliding = sliding
    self.hasBias = hasBias
    self.region = region
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Sliding(attributes), hasBias: try attributes.bool("hasBias"), region: try attributes.region())
  }

  public var attributes: Attributes {
    Attributes(sliding.entries + [("hasBias", .int(hasBias ? 1 : 0))] + Attributes.regionEntries(region))
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2 + (hasBias ? 1 : 0) + (region == nil ? 0 : 1))
    let (x, w) = (inputs[0], inputs[1])
    guard w.rank == 4, w.shape[0] == 1, w.dtype == x.dtype, x.rank == 4 else {
      throw ShapeError(Self.name, "has \(x) and \(w)")
    }
    let size = try sliding.output(Self.name, x, kernel: [w.shape[1], w.shape[2]])
    let outputs = w.shape[3]
    guard outputs > 0, outputs % x.shape[3] == 0 else { throw ShapeError(Self.name, "weights \(w) for \(x)") }
    if hasBias { try expect(inputs[2], [outputs], like: x, "bias") }
    if let region {
      guard outputs == x.shape[3], region.upperBound <= outputs else {
        throw ShapeError(Self.name, "no region \(region) in weights \(w)")
      }
      try expect(inputs[inputs.count - 1], [1, w.shape[1], w.shape[2], region.count], like: x, "region")
    }
    _ = try countable(w)
    return try countable(TensorType([x.shape[0], size[0], size[1], outputs], x.dtype))
  }

  /// Where there is a region, w is frozen and gets no gradient.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: node.inputs.count)
    let (x, w) = (node.inputs[0], node.inputs[1])
    let last = node.inputs.count - 1
    let kernel = Array(graph.type(w).shape[1...2])
    if needsGradient[0] {
      let op = DepthwiseGradInput(sliding, input: Array(graph.type(x).shape[1...3]), region: region)
      gradients[0] = try graph.append(op, [outputGradient, w] + (region == nil ? [] : [node.inputs[last]]))
    }
    if let region {
      if needsGradient[last] {
        let slice = try graph.append(ChannelSlice(region), x)
        let seedSlice = try graph.append(ChannelSlice(region), outputGradient)
        gradients[last] = try graph.append(DepthwiseGradWeight(sliding, kernel: kernel), slice, seedSlice)
      }
    } else if needsGradient[1] {
      gradients[1] = try graph.append(DepthwiseGradWeight(sliding, kernel: kernel), x, outputGradient)
    }
    if hasBias, needsGradient[2] { gradients[2] = try graph.append(ChannelSum(), outputGradient) }
    return gradients
  }

  /// The frozen weight that a trained region is a part of.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { region == nil ? [] : [1] }

  public func roles(_ count: Int) -> [OperandRole] {
    [.activation, .weight] + (hasBias ? [.bias] : []) + (region == nil ? [] : [.weight])
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.count * inputs[1].shape[1] * inputs[1].shape[2]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = depthwiseShape(sliding, x: inputs[0].shape, w: inputs[1].shape, y: output.shape, region: region)
    return words(DepthwiseConvParameters(shape: shape, hasBias: hasBias))
  }
}

/// The shape that the kernels of one depthwise convolution share; full shapes of input, weights and output.
func depthwiseShape(_ sliding: Sliding, x: [Int], w: [Int], y: [Int], region: Range<Int>?) -> DepthwiseShape {
  let window = sliding.window(input: x, output: [y[1], y[2]], kernel: [w[1], w[2]])
  return DepthwiseShape(window: window, channels: x[3], multiplier: w[3] / x[3], region: region)
}

extension DepthwiseConv {
  public static var samples: [Sample] {
    func sample(
      _ sliding: Sliding, _ x: [Int], _ w: [Int], bias: Bool = false, region: Range<Int>? = nil
    ) -> Sample {
      var inputs = [TensorType(x), TensorType([1] + w)]
      if bias { inputs.append(TensorType(w[2])) }
      if let region { inputs.append(TensorType(1, w[0], w[1], region.count)) }
      return Sample(DepthwiseConv(sliding, hasBias: bias, region: region), inputs: inputs)
    }
    let same = Sliding(pads: [1, 1, 1, 1])
    return [
      sample(same, [1, 3, 4, 21], [3, 3, 21], bias: true),
      sample(same, [2, 1, 1, 3], [3, 3, 3]),
      sample(Sliding(strides: [2, 2], pads: [0, 0, 1, 1]), [1, 6, 6, 4], [3, 3, 4]),
      sample(Sliding(strides: [3, 2], pads: [2, 1, 0, 1], dilations: [2, 1]), [1, 8, 5, 2], [2, 3, 2], bias: true),
      sample(Sliding(strides: [2, 2], pads: [2, 2, 2, 2], dilations: [2, 3]), [1, 7, 8, 2], [3, 2, 2]),
      sample(Sliding(strides: [1, 3]), [1, 1, 9, 1], [1, 4, 1]),
      sample(same, [1, 3, 3, 2], [3, 3, 4], bias: true),
      sample(Sliding(strides: [2, 1], pads: [1, 0, 0, 1]), [2, 4, 3, 3], [2, 2, 9]),
      sample(same, [1, 3, 3, 7], [3, 3, 7], bias: true, region: 1..<6),
      sample(Sliding(strides: [2, 2]), [1, 5, 5, 3], [2, 2, 3], region: 0..<1),
    ]
  }
}
