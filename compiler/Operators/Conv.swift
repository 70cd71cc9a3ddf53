import IR
import Runtime

/// Convolution y = x * w + bias of NHWC pictures with OHWI weights `[O,KH,KW,I/groups]`.
///
/// Operands: x, w, bias where `hasBias`, region weights `[rows,KH,KW,end-start]` where `region`. The region is a range
/// of input channels, of all outputs or of `rows`, whose weights come from the last operand and not from w: it is
/// trained while w stays frozen.
public struct Conv: KernelOperator {
  public static let name = "conv"
  public static let opcode = OpCode.conv

  public var sliding: Sliding
  public var groups: Int
  public var hasBias: Bool
  public var region: Range<Int>?
  /// Outputs of the region; nil for all.
  public var rows: Range<Int>?

  public init(
    _ sliding: Sliding = Sliding(), groups: Int = 1, hasBias: Bool = false, region: Range<Int>? = nil,
    rows: Range<Int>? = nil
  ) {
    self.sliding = sliding
    self.groups = groups
    self.hasBias = hasBias
    self.region = region
    self.rows = rows
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(
      try Sliding(attributes), groups: try attributes.int("groups"), hasBias: try attributes.bool("hasBias"),
      region: try attributes.region(), rows: try attributes.region("rows"))
  }

  public var attributes: Attributes {
    Attributes(
      sliding.entries + [("groups", .int(groups)), ("hasBias", .int(hasBias ? 1 : 0))]
        + Attributes.regionEntries(region, rows: rows))
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: operandCount)
    let (x, w) = (inputs[0], inputs[1])
    guard w.rank == 4, w.dtype == x.dtype, x.rank == 4 else { throw ShapeError(Self.name, "has \(x) and \(w)") }
    let size = try sliding.output(Self.name, x, kernel: [w.shape[1], w.shape[2]])
    let outputs = w.shape[0]
    guard groups > 0, groups <= x.shape[3], x.shape[3] == w.shape[3] * groups, outputs > 0, outputs % groups == 0 else {
      throw ShapeError(Self.name, "weights \(w) in \(groups) groups do not fit the input \(x)")
    }
    if hasBias { try expect(inputs[2], [outputs], like: x, "bias") }
    if let region {
      guard groups == 1, region.upperBound <= x.shape[3] else {
        throw ShapeError(Self.name, "no region \(region) in \(x.shape[3]) channels, \(groups) groups")
      }
      let rows = try checkedRows(of: outputs)
      try expect(inputs[operandCount - 1], [rows.count, w.shape[1], w.shape[2], region.count], like: x, "region")
    } else if rows != nil {
      throw ShapeError(Self.name, "has rows of no region")
    }
    _ = try countable(w)
    return try countable(TensorType([x.shape[0], size[0], size[1], outputs], x.dtype))
  }

  private func checkedRows(of outputs: Int) throws(ShapeError) -> Range<Int> {
    guard let rows else { return 0..<outputs }
    guard rows.upperBound <= outputs else { throw ShapeError(Self.name, "no rows \(rows) in \(outputs)") }
    return rows
  }

  private var operandCount: Int { 2 + (hasBias ? 1 : 0) + (region == nil ? 0 : 1) }

  /// Where there is a region, w is frozen and gets no gradient.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: node.inputs.count)
    let (x, w) = (node.inputs[0], node.inputs[1])
    let last = node.inputs.count - 1
    let kernel = graph.type(w).shape
    // The input gradient comes first: it must read the weight before the update overwrites it.
    if needsGradient[0] {
      let op = ConvGradInput(
        sliding, inputSize: Array(graph.type(x).shape[1...2]), groups: groups, region: region, rows: rows)
      gradients[0] = try graph.append(op, [outputGradient, w] + (region == nil ? [] : [node.inputs[last]]))
    }
    let weightGradient = ConvGradWeight(sliding, kernel: [kernel[1], kernel[2]], groups: groups, rows: rows)
    if let region {
      if needsGradient[last] {
        let slice = region.count == graph.type(x).shape[3] ? x : try graph.append(ChannelSlice(region), x)
        gradients[last] = try graph.append(weightGradient, slice, outputGradient)
      }
    } else if needsGradient[1] {
      gradients[1] = try graph.append(weightGradient, x, outputGradient)
    }
    if hasBias, needsGradient[2] { gradients[2] = try graph.append(ChannelSum(), outputGradient) }
    return gradients
  }

  /// The frozen weight that a trained region is a part of.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { region == nil ? [] : [1] }

  public func roles(_ count: Int) -> [OperandRole] {
    [.activation, .weight] + (hasBias ? [.bias] : []) + (region == nil ? [] : [.weight])
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    shape(inputs, output).scratchBytes(output.dtype.bytes(1))
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.count * inputs[1].count / inputs[1].shape[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ConvParameters(shape: shape(inputs, output), hasBias: hasBias))
  }

  private func shape(_ inputs: [TensorType], _ output: TensorType) -> ConvShape {
    convShape(
      sliding, x: inputs[0].shape, w: inputs[1].shape, y: output.shape, groups: groups, region: region, rows: rows)
  }
}

/// The shape that the kernels of one convolution share; full shapes of input, weights and output.
func convShape(
  _ sliding: Sliding, x: [Int], w: [Int], y: [Int], groups: Int, region: Range<Int>?, rows: Range<Int>?
) -> ConvShape {
  let window = sliding.window(input: x, output: [y[1], y[2]], kernel: [w[1], w[2]])
  return ConvShape(window: window, inputs: x[3], outputs: y[3], groups: groups, region: region, rows: rows)
}

extension Conv {
  public static var samples: [Sample] {
    func sample(
      _ sliding: Sliding, _ x: [Int], _ w: [Int], groups: Int = 1, bias: Bool = false, region: Range<Int>? = nil,
      rows: Range<Int>? = nil
    ) -> Sample {
      let op = Conv(sliding, groups: groups, hasBias: bias, region: region, rows: rows)
      var inputs = [TensorType(x), TensorType(w)]
      if bias { inputs.append(TensorType(w[0])) }
      if let region { inputs.append(TensorType(rows?.count ?? w[0], w[1], w[2], region.count)) }
      return Sample(op, inputs: inputs)
    }
    let one = Sliding()
    let same = Sliding(pads: [1, 1, 1, 1])
    return [
      sample(one, [2, 1, 1, 5], [3, 1, 1, 5], bias: true),
      sample(one, [2, 3, 2, 3], [4, 1, 1, 3]),
      sample(Sliding(strides: [2, 2]), [1, 5, 4, 3], [2, 1, 1, 3]),
      sample(same, [2, 4, 5, 2], [3, 3, 3, 2], bias: true),
      sample(Sliding(strides: [2, 2], pads: [0, 0, 1, 1]), [1, 6, 6, 1], [2, 3, 3, 1]),
      sample(Sliding(strides: [3, 1], pads: [2, 0, 1, 1], dilations: [2, 1]), [1, 7, 4, 2], [1, 2, 3, 2]),
      sample(Sliding(strides: [1, 3], pads: [0, 3, 0, 0], dilations: [1, 2]), [1, 1, 11, 2], [3, 1, 3, 2]),
      sample(same, [1, 3, 3, 4], [6, 3, 3, 2], groups: 2, bias: true),
      sample(one, [2, 2, 2, 6], [3, 1, 1, 2], groups: 3),
      sample(same, [1, 1, 1, 1], [1, 3, 3, 1]),
      sample(one, [2, 2, 2, 5], [3, 1, 1, 5], bias: true, region: 1..<4),
      sample(same, [1, 3, 4, 4], [2, 3, 3, 4], region: 0..<2),
      sample(Sliding(strides: [2, 2], pads: [1, 0, 0, 1]), [1, 5, 4, 3], [2, 2, 3, 3], bias: true, region: 2..<3),
      sample(one, [1, 2, 1, 3], [2, 1, 1, 3], region: 0..<3),
      sample(one, [2, 1, 1, 5], [7, 1, 1, 5], bias: true, region: 0..<5, rows: 2..<5),
      sample(one, [2, 2, 1, 6], [4, 1, 1, 6], region: 2..<4, rows: 0..<3),
      sample(same, [1, 3, 2, 3], [3, 3, 3, 3], bias: true, region: 1..<3, rows: 2..<3),
    ]
  }
}
