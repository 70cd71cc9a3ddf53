import IR
import Runtime

/// The weight of an integer layer whose gradients are being built.
struct IntegerLayer {
  let weight: ValueID
  let channels: Int
  /// Axis of the weight along which the scales lie.
  let axis: Int
  /// The scales where they are trained; nil where they are those of the weight's type.
  let scales: ValueID?
}

/// Channels whose scale is below this share of the median get no gradient: their weights are noise, and dividing by the
/// scale would make their steps without bound.
let deadChannelShare: Float = 1e-6

/// The scales, 0 where a channel is dead.
public func liveScales(_ scales: [Float]) -> [Float] {
  let median = scales.sorted()[scales.count / 2]
  return scales.map { $0 < deadChannelShare * median ? 0 : $0 }
}

extension Graph {
  /// h = mask(seed) ⊙ s_w: the gradient with the weight scales folded in, as dx sums over outputs.
  mutating func folded(
    _ outputGradient: ValueID, _ y: ValueID, _ output: QuantizedOutput, _ layer: IntegerLayer, needsGradient: [Bool]
  ) throws(ShapeError) -> ValueID {
    guard needsGradient.contains(true) else { return outputGradient }
    let masked = try straightThrough(outputGradient, y, low: output.low, high: output.high)
    return try append(ChannelScale(), masked, layer.scales ?? channelConstant(.fold, layer) { $0 })
  }

  /// Σ h·y for each output, in real units: the gradient of the scales, but for a factor that they know.
  mutating func scalesGradient(_ y: ValueID, _ h: ValueID, _ output: QuantizedOutput) throws(ShapeError) -> ValueID {
    let channels = type(y).shape[3]
    let unit = constant(
      unused("scales:result:" + self[y].name),
      Constant(TensorType(channels), floats: Array(repeating: output.scale, count: channels)))
    // A factor for each channel is a depthwise layer of one pixel.
    let op = QuantizedDepthwiseGradWeight(Sliding(), kernel: [1, 1], start: 0, outputs: channels)
    return try reshaped(append(op, y, h, unit), to: [channels])
  }

  /// The trained scales behind the multipliers of a layer; nil where they are constants.
  func trainedScales(_ multipliers: ValueID) -> ValueID? {
    node(multipliers).flatMap { $0.op is LayerMultipliers ? $0.inputs[0] : nil }
  }

  /// s_x / s_w for each channel, or for those of a region, or 1 / s_w without an input: what sums of integer products are
  /// multiplied with.
  mutating func gradientScale(
    _ layer: IntegerLayer, input: TensorType?, _ region: Range<Int>? = nil
  ) throws(ShapeError) -> ValueID {
    var scale: Float = 1
    if let input {
      guard let activation = input.activation else {
        throw ShapeError("gradient", "takes an integer activation, not \(input)")
      }
      scale = activation.scale
    }
    let id = channelConstant(input == nil ? .bias : .weight, layer) { $0 > 0 ? scale / $0 : 0 }
    guard let region else { return id }
    let part = Array(constant(id)!.floats()[region])
    return constant(unused(self[id].name + ".region"), Constant(TensorType(part.count), floats: part))
  }

  private mutating func channelConstant(_ use: ScaleUse, _ layer: IntegerLayer, _ map: (Float) -> Float) -> ValueID {
    let weight = self[layer.weight].name
    let kind = ValueKind.scale(use, of: weight)
    if let known = value(of: kind) { return known }
    let scales = type(layer.weight).weightScales(layer.channels, axis: layer.axis)!
    return constant(
      unused("scales:\(use.rawValue):" + weight),
      Constant(TensorType(scales.count), floats: liveScales(scales).map(map)), kind: kind)
  }
}
