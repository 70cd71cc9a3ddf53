import IR
import Runtime

/// Integer convolution y = clamp(z + rnd(M[o] · (Σ w·(x − z_x) + bias[o]))), NHWC, weights OHWI, all int8.
///
/// Operands: x, w, multipliers (i32 [O,2], see `requantization`), bias (i32 [O]) where `hasBias`, weights of the trained
/// region where `region`. The weights are symmetric, with a scale for each output.
public struct QuantizedConv: IntegerOperator {
  public static let name = "quantized_conv"
  public static let opcode = OpCode.quantizedConv

  public var sliding: Sliding
  public var groups: Int
  public var hasBias: Bool
  public var region: Range<Int>?
  /// Outputs of the region; nil for all.
  public var rows: Range<Int>?
  public var output: QuantizedOutput

  public init(
    _ sliding: Sliding = Sliding(), groups: Int = 1, hasBias: Bool = false, region: Range<Int>? = nil,
    rows: Range<Int>? = nil, output: QuantizedOutput
  ) {
    self.rows = rows
    self.sliding = sliding
    self.groups = groups
    self.hasBias = hasBias
    self.region = region
    self.output = output
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let float = try Conv(attributes: attributes)
    self.init(
      float.sliding, groups: float.groups, hasBias: float.hasBias, region: float.region, rows: float.rows,
      output: try QuantizedOutput(attributes))
  }

  public var attributes: Attributes { Attributes(float.attributes.pairs + output.entries) }

  /// The float convolution of the same shape.
  var float: Conv { Conv(sliding, groups: groups, hasBias: hasBias, region: region, rows: rows) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = try inferShape(inputs, float, hasBias: hasBias, region: region, axis: 0)
    return try output.type(Self.name, shape)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: node.inputs.count)
    let (x, w) = (node.inputs[0], node.inputs[1])
    let (weight, input) = (graph.type(w), graph.type(x))
    let layer = IntegerLayer(
      weight: w, channels: weight.shape[0], axis: 0, scales: graph.trainedScales(node.inputs[2]))
    let h = try graph.folded(outputGradient, node.output, output, layer, needsGradient: needsGradient)
    if needsGradient[0] {
      let op = QuantizedGradInput(
        sliding, inputSize: Array(input.shape[1...2]), groups: groups, region: region, rows: rows)
      gradients[0] = try graph.append(op, [h, w] + (region == nil ? [] : [node.inputs[node.inputs.count - 1]]))
    }
    let op = QuantizedGradWeight(sliding, kernel: Array(weight.shape[1...2]), groups: groups, rows: rows)
    if let region {
      let last = node.inputs.count - 1
      if needsGradient[last] {
        let slice = region.count == input.shape[3] ? x : try graph.append(QuantizedSlice(region), x)
        gradients[last] = try graph.append(op, slice, h, graph.gradientScale(layer, input: input, rows))
      }
    } else if needsGradient[1] {
      gradients[1] = try graph.append(op, x, h, graph.gradientScale(layer, input: input))
    }
    if needsGradient[2] { gradients[2] = try graph.scalesGradient(node.output, h, output) }
    if hasBias, needsGradient[3] {
      gradients[3] = try graph.append(QuantizedGradBias(), h, graph.gradientScale(layer, input: nil))
    }
    return gradients
  }

  /// The frozen weight that a trained region is a part of.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { region == nil ? [] : [1] }

  public func roles(_ count: Int) -> [OperandRole] { integerRoles(hasBias, region) }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    shape(inputs, output).integerScratchBytes()
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? { macs(inputs, output) }
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    TileScratch.bytes(rows: output.shape[...2].reduce(1, *), steps: shape(inputs, output).columns)
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.count * inputs[1].count / inputs[1].shape[0]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      QuantizedConvParameters(
        shape: shape(inputs, output), inputZero: inputs[0].activation!.zeroPoint, output: self.output.range,
        slots: slots(true, true, true, true, hasBias, region != nil, true)))
  }

  private func shape(_ inputs: [TensorType], _ output: TensorType) -> ConvShape {
    convShape(
      sliding, x: inputs[0].shape, w: inputs[1].shape, y: output.shape, groups: groups, region: region, rows: rows)
  }

  public static var samples: [Sample] {
    let output = QuantizedOutput(scale: 0.5, zeroPoint: 3, low: -90, high: 100)
    return Conv.samples.map { sample in
      let float = sample.op as! Conv
      let op = QuantizedConv(
        float.sliding, groups: float.groups, hasBias: float.hasBias, region: float.region, rows: float.rows,
        output: output)
      return Sample(op, inputs: integerOperands(sample.inputs, float.hasBias, axis: 0), range: -900...900)
    }
  }
}

/// Integer depthwise convolution: `QuantizedConv` with weights `[1,KH,KW,C·m]`.
public struct QuantizedDepthwise: IntegerOperator, InPlaceWindow {
  public static let name = "quantized_depthwise"
  public static let opcode = OpCode.quantizedDepthwise

  public var sliding: Sliding
  public var hasBias: Bool
  public var region: Range<Int>?
  public var output: QuantizedOutput
  public var isInPlace = false

  public init(_ sliding: Sliding, hasBias: Bool = false, region: Range<Int>? = nil, output: QuantizedOutput) {
    self.sliding = sliding
    self.hasBias = hasBias
    self.region = region
    self.output = output
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let float = try DepthwiseConv(attributes: attributes)
    self.init(
      float.sliding, hasBias: float.hasBias, region: float.region, output: try QuantizedOutput(attributes))
    isInPlace = try attributes.bool("inPlace")
  }

  public var attributes: Attributes { Attributes(float.attributes.pairs + output.entries + [inPlaceEntry]) }
  var float: DepthwiseConv { DepthwiseConv(sliding, hasBias: hasBias, region: region) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = try inferShape(inputs, float, hasBias: hasBias, region: region, axis: 3)
    return try expectingInPlace(inputs, output.type(Self.name, shape))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: node.inputs.count)
    let (x, w) = (node.inputs[0], node.inputs[1])
    let (weight, input) = (graph.type(w), graph.type(x))
    let layer = IntegerLayer(
      weight: w, channels: weight.shape[3], axis: 3, scales: graph.trainedScales(node.inputs[2]))
    let h = try graph.folded(outputGradient, node.output, output, layer, needsGradient: needsGradient)
    if needsGradient[0] {
      let op = QuantizedDepthwiseGradInput(sliding, input: Array(input.shape[1...3]), region: region)
      gradients[0] = try graph.append(op, [h, w] + (region == nil ? [] : [node.inputs[node.inputs.count - 1]]))
    }
    let kernel = Array(weight.shape[1...2])
    if let region {
      let last = node.inputs.count - 1
      if needsGradient[last] {
        let slice = try graph.append(QuantizedSlice(region), x)
        let op = QuantizedDepthwiseGradWeight(sliding, kernel: kernel, start: region.lowerBound, outputs: region.count)
        gradients[last] = try graph.append(op, slice, h, graph.gradientScale(layer, input: input, region))
      }
    } else if needsGradient[1] {
      let op = QuantizedDepthwiseGradWeight(sliding, kernel: kernel, start: 0, outputs: weight.shape[3])
      gradients[1] = try graph.append(op, x, h, graph.gradientScale(layer, input: input))
    }
    if needsGradient[2] { gradients[2] = try graph.scalesGradient(node.output, h, output) }
    if hasBias, needsGradient[3] {
      gradients[3] = try graph.append(QuantizedGradBias(), h, graph.gradientScale(layer, input: nil))
    }
    return gradients
  }

  /// The frozen weight that a trained region is a part of.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { region == nil ? [] : [1] }

  public func roles(_ count: Int) -> [OperandRole] { integerRoles(hasBias, region) }
  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.shape[3] * (4 + delay(inputs, output))
  }
  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    region == nil && inputs[0].shape[3] == output.shape[3] ? macs(inputs, output) : nil
  }

  /// Of a window at stride 1 that keeps the size, the last to read a pixel is the one in whose upper left corner it lies.
  public func possibleDelay(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    guard sliding.strides == [1, 1], inputs[0].shape == output.shape else { return nil }
    return sliding.pads[0] * output.shape[2] + sliding.pads[1]
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    output.count * inputs[1].shape[1] * inputs[1].shape[2]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let shape = depthwiseShape(sliding, x: inputs[0].shape, w: inputs[1].shape, y: output.shape, region: region)
    return words(
      QuantizedDepthwiseParameters(
        shape: shape, inputZero: inputs[0].activation!.zeroPoint, output: self.output.range,
        delay: delay(inputs, output), slots: slots(true, true, true, true, hasBias, region != nil, true)))
  }

  public static var samples: [Sample] {
    let output = QuantizedOutput(scale: 0.5, zeroPoint: -3)
    return DepthwiseConv.samples.flatMap { sample in
      let float = sample.op as! DepthwiseConv
      let op = QuantizedDepthwise(float.sliding, hasBias: float.hasBias, region: float.region, output: output)
      return op.samples(inputs: integerOperands(sample.inputs, float.hasBias, axis: 3), range: -900...900)
    }
  }
}

private func integerRoles(_ hasBias: Bool, _ region: Range<Int>?) -> [OperandRole] {
  [.activation, .weight, .activation] + (hasBias ? [.bias] : []) + (region == nil ? [] : [.weight])
}

extension Operator {
  /// Checks the operands of an integer layer against its float form, and gives the shape of its result.
  fileprivate func inferShape(
    _ inputs: [TensorType], _ float: any Operator, hasBias: Bool, region: Range<Int>?, axis: Int
  ) throws(ShapeError) -> [Int] {
    try expect(inputs, count: 3 + (hasBias ? 1 : 0) + (region == nil ? 0 : 1))
    _ = try expectActivation(inputs[0])
    guard inputs[1].rank == 4 else { throw ShapeError(Self.name, "has weights \(inputs[1])") }
    let outputs = inputs[1].shape[axis]
    for weight in [inputs[1]] + (region == nil ? [] : [inputs[inputs.count - 1]]) {
      guard weight.dtype == .i8, weight.quantization != nil else {
        throw ShapeError(Self.name, "takes symmetric int8 weights, not \(weight)")
      }
    }
    guard inputs[1].weightScales(outputs, axis: axis) != nil, inputs[2] == TensorType([outputs, 2], .i32) else {
      throw ShapeError(Self.name, "has weights \(inputs[1]) and multipliers \(inputs[2])")
    }
    if hasBias, inputs[3].dtype != .i32 { throw ShapeError(Self.name, "has a bias \(inputs[3])") }
    let floats = ([inputs[0], inputs[1]] + inputs[3...]).map { TensorType($0.shape) }
    return try float.infer(floats).shape
  }
}

/// Operands of an integer layer for those of its float form.
private func integerOperands(_ inputs: [TensorType], _ hasBias: Bool, axis: Int) -> [TensorType] {
  let outputs = inputs[1].shape[axis]
  let scales = (0..<outputs).map { 0.01 * Float($0 + 1) }
  var types = [
    TensorType.activation(inputs[0].shape, scale: 0.1, zeroPoint: -7),
    .weight(inputs[1].shape, scales: scales, axis: axis), TensorType([outputs, 2], .i32),
  ]
  if hasBias { types.append(TensorType([outputs], .i32)) }
  for region in inputs[(hasBias ? 3 : 2)...] {
    types.append(.weight(region.shape, scales: Array(scales[..<region.shape[axis]]), axis: axis))
  }
  return types
}

/// Multiplier and shift for each output of an integer layer, M[o] = s_x·s_w[o] / s_y, as the kernels read them: i32 [O,2].
public func requantization(input: Float, weights: [Float], output: Float) -> Constant {
  let words = weights.flatMap { scale in
    let factor = FixedPoint(input: input, weight: scale, output: output)
    return [factor.multiplier, factor.shift]
  }
  return Constant(TensorType([weights.count, 2], .i32), bytes: words.withUnsafeBytes { [UInt8]($0) })
}

extension Attributes {
  var pairs: [(String, AttributeValue)] { entries.map { ($0.name, $0.value) } }
}
