import IR
import Runtime

/// An operator with a weight and a bias whose outputs can get one trained factor each, γ: y = γ·(W·x + b).
///
/// W and b stay as they are. As γ is 1 at first, so are the bits of y.
public protocol ScaleTrainable: Operator {
  /// Appends the operator on `operands` with the factors `gain`, f32 `[outputs]`.
  func scaled(
    by gain: ValueID, _ operands: [ValueID], in graph: inout Graph, name: String
  ) throws(ShapeError) -> ValueID
  /// Axis of the weight along which the outputs lie.
  var outputAxis: Int { get }
}

/// In floats, a factor for each channel of the result.
protocol FloatScaleTrainable: ScaleTrainable {}

extension FloatScaleTrainable {
  public func scaled(
    by gain: ValueID, _ operands: [ValueID], in graph: inout Graph, name: String
  ) throws(ShapeError) -> ValueID {
    try graph.append(ChannelScale(), graph.append(self, operands, name: name + ".unscaled"), gain, name: name)
  }
}

extension Conv: FloatScaleTrainable {
  public var outputAxis: Int { 0 }
}

extension DepthwiseConv: FloatScaleTrainable {
  public var outputAxis: Int { 3 }
}

/// In integers, the weights and the bias under other scales: s_w·γ and s_x·s_w·γ.
protocol IntegerScaleTrainable: ScaleTrainable {
  var output: QuantizedOutput { get }
}

extension IntegerScaleTrainable {
  public func scaled(
    by gain: ValueID, _ operands: [ValueID], in graph: inout Graph, name: String
  ) throws(ShapeError) -> ValueID {
    let (input, weight) = (graph.type(operands[0]), graph.type(operands[1]))
    let scales = weight.weightScales(weight.shape[outputAxis], axis: outputAxis)!
    let weightName = graph[operands[1]].name
    let before = graph.constant(
      graph.unused("scales:before:" + weightName), Constant(TensorType(scales.count), floats: scales))
    let present = try graph.append(
      LayerScales(), gain, before, name: "scales:fold:" + weightName,
      kind: .scale(.fold, of: weightName))
    var operands = operands
    operands[2] = try graph.append(
      LayerMultipliers(input: input.activation!.scale, output: output.scale), present,
      name: "multipliers:" + weightName)
    return try graph.append(self, operands, name: name)
  }
}

extension QuantizedConv: IntegerScaleTrainable {
  public var outputAxis: Int { 0 }
}

extension QuantizedDepthwise: IntegerScaleTrainable {
  public var outputAxis: Int { 3 }
}
