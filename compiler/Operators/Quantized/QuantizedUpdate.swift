import IR
import Runtime

/// How integer weights are trained: the optimizer's rule and what happens to fractions of a step.
public struct IntegerUpdate: Hashable, Sendable {
  public var rule: UpdateRule
  public var rounding: UpdateRounding
  /// A low byte beside each trained weight holds what rounding would lose.
  public var hasLowByte: Bool
  /// Steps are ∂L/∂integer instead of ∂L/∂(dequantized weight): without quantization-aware scaling, for comparison.
  public var isPlain: Bool
  public var weightDecay: Double
  public var beta1: Double
  public var beta2: Double
  /// Largest norm of a tensor's gradient; 0 is no limit.
  public var clip: Double
  public var accumulate: Int
  /// Keys the random numbers of a plan.
  public var seed: UInt32

  public init(
    rule: UpdateRule = .sgd, rounding: UpdateRounding = .stochastic, hasLowByte: Bool = true, isPlain: Bool = false,
    weightDecay: Double = 0, beta1: Double = 0.9, beta2: Double = 0.99, clip: Double = 0, accumulate: Int = 1,
    seed: UInt32 = 0
  ) {
    self.rule = rule
    self.rounding = rounding
    self.hasLowByte = hasLowByte
    self.isPlain = isPlain
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.clip = clip
    self.accumulate = accumulate
    self.seed = seed
  }

  /// Types of the state beside `count` trained elements, with the names of its tensors.
  public func state(_ count: Int) -> [(name: String, type: TensorType)] {
    let blocks = TensorType((count + QuantizedUpdateParameters.block - 1) / QuantizedUpdateParameters.block)
    var state: [(String, TensorType)] = hasLowByte ? [("low", TensorType([count], .i8))] : []
    if rule != .sgd { state += [("moment", TensorType([count], .i8)), ("moment-scale", blocks)] }
    if rule == .adam { state += [("root", TensorType([count], .u8)), ("root-scale", blocks)] }
    return state
  }
}

/// w ← w − rounded(rate · direction / s_w) on integers, in place.
///
/// Operands: w (i8 weights or i32 biases), gradient (f32, real units), the scale of each channel (f32, 0 where it is dead),
/// then the state that `IntegerUpdate.state` names, which belongs to this node alone.
public struct QuantizedUpdate: IntegerOperator {
  public static let name = "quantized_update"
  public static let opcode = OpCode.quantizedUpdate
  public var runsOnceAWindow: Bool { true }

  public var update: IntegerUpdate
  /// Axis along which the scales lie: 0 for OHWI and for biases, 3 for depthwise weights.
  public var axis: Int
  /// Keys the random numbers of this tensor.
  public var tensor: UInt32

  public init(_ update: IntegerUpdate, axis: Int, tensor: UInt32) {
    self.update = update
    self.axis = axis
    self.tensor = tensor
  }

  public init(attributes a: Attributes) throws(AttributeError) {
    guard let rule = UpdateRule(rawValue: Int32(clamping: try a.int("rule"))),
      let rounding = UpdateRounding(rawValue: Int32(clamping: try a.int("rounding"))),
      let seed = UInt32(exactly: try a.int("seed")), let tensor = UInt32(exactly: try a.int("tensor"))
    else { throw AttributeError(name: "rule", expected: "a known rule, rounding and 32-bit keys") }
    let update = IntegerUpdate(
      rule: rule, rounding: rounding, hasLowByte: try a.bool("lowByte"), isPlain: try a.bool("plain"),
      weightDecay: try a.float("weightDecay"), beta1: try a.float("beta1"), beta2: try a.float("beta2"),
      clip: try a.float("clip"), accumulate: try a.int("accumulate"), seed: seed)
    self.init(update, axis: try a.int("axis"), tensor: tensor)
  }

  public var attributes: Attributes {
    [
      "rule": .int(Int(update.rule.rawValue)), "rounding": .int(Int(update.rounding.rawValue)),
      "lowByte": .int(update.hasLowByte ? 1 : 0), "plain": .int(update.isPlain ? 1 : 0),
      "weightDecay": .float(update.weightDecay), "beta1": .float(update.beta1), "beta2": .float(update.beta2),
      "clip": .float(update.clip), "accumulate": .int(update.accumulate), "seed": .int(Int(update.seed)),
      "axis": .int(axis), "tensor": .int(Int(tensor)),
    ]
  }

  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs.count >= 3, inputs[0].dtype == .i8 || inputs[0].dtype == .i32, update.accumulate > 0,
      inputs[1] == TensorType(inputs[0].shape), inputs[0].shape.indices.contains(axis),
      inputs[2] == TensorType(inputs[0].shape[axis]), Array(inputs[3...]) == update.state(inputs[0].count).map(\.type)
    else { throw ShapeError(Self.name, "has \(inputs)") }
    return inputs[0]
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    output.dtype == .i8 ? workOfElements(output.count) : nil
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(output, slots: slots))
  }

  /// Operands of the row.
  var slots: UInt32 {
    let hasMoment = update.rule != .sgd
    let hasRoot = update.rule == .adam
    return Operators.slots(true, true, true, true, update.hasLowByte, hasMoment, hasMoment, hasRoot, hasRoot)
  }

  func parameters(_ output: TensorType, slots: UInt32) -> QuantizedUpdateParameters {
    QuantizedUpdateParameters(
      count: output.count, inner: output.shape[(axis + 1)...].reduce(1, *), channels: output.shape[axis],
      isWide: output.dtype == .i32, rule: update.rule, rounding: update.rounding, isPlain: update.isPlain,
      weightDecay: Float(update.weightDecay), betas: (Float(update.beta1), Float(update.beta2)),
      clip: Float(update.clip), accumulate: update.accumulate, seed: update.seed, tensor: tensor, slots: slots)
  }

  public static var samples: [Sample] {
    [UpdateRule.sgd, .momentum, .lion, .adam].flatMap { rule in
      [true, false].map { hasLowByte in
        let update = IntegerUpdate(rule: rule, hasLowByte: hasLowByte, weightDecay: 0.01, clip: 5, accumulate: 2)
        let weight = TensorType.weight([3, 1, 1, 50], scales: [0.1, 0.2, 0.3], axis: 0)
        let inputs = [weight, TensorType(weight.shape), TensorType(3)] + update.state(150).map(\.type)
        return Sample(QuantizedUpdate(update, axis: 0, tensor: 7), inputs: inputs)
      }
    } + [
      Sample(
        QuantizedUpdate(IntegerUpdate(), axis: 0, tensor: 7), TensorType([5], .i32), TensorType(5), TensorType(5),
        TensorType([5], .i8))
    ]
  }
}
