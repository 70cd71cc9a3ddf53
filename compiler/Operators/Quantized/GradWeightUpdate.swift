import IR
import Runtime

/// The gradient of an integer weight and the update with it in one operation, part by part: the gradient is never whole.
///
/// Operands: w, scales and state as for `QuantizedUpdate`, whose gradient is left out; then those of the gradient: x, h,
/// s_x / s_w. Bits are those of the two operations.
public struct GradWeightUpdate<Gradient: PartialGradient>: IntegerOperator {
  public static var name: String { Gradient.fusedName }
  public static var opcode: OpCode { Gradient.fusedOpcode }
  public var runsOnceAWindow: Bool { true }

  public var gradient: Gradient
  public var update: QuantizedUpdate

  /// Nil where the update wants the whole gradient: its norm, or its sum over micro-steps.
  public init?(_ gradient: Gradient, _ update: QuantizedUpdate) {
    guard update.update.clip == 0, update.update.accumulate == 1 else { return nil }
    self.gradient = gradient
    self.update = update
  }

  public init(attributes: Attributes) throws(AttributeError) {
    let parts = (try Gradient(attributes: attributes), try QuantizedUpdate(attributes: attributes))
    guard let op = GradWeightUpdate(parts.0, parts.1) else {
      throw AttributeError(name: "clip", expected: "0, and 1 for accumulate")
    }
    self = op
  }

  public var attributes: Attributes {
    Attributes(gradient.attributes.pairs + update.attributes.pairs)
  }

  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs.count >= 5 else { throw ShapeError(Self.name, "has \(inputs.count) operands") }
    let dw = try gradient.infer(Array(inputs.suffix(3)))
    let output = try update.infer([inputs[0], dw] + inputs[1..<inputs.count - 3])
    guard inputs[0].dtype == .i8, gradient.groupElements(inputs[0].shape).map({ $0 % unit == 0 }) ?? true else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    return output
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    12 * part(output.shape) + gradient.partScratchBytes(Array(inputs.suffix(3)), TensorType(output.shape))
  }

  public func macs(_ inputs: [TensorType], _ output: TensorType) -> Int {
    gradient.macs(Array(inputs.suffix(3)), TensorType(output.shape))
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    gradient.tiledWork(Array(inputs.suffix(3)), TensorType(output.shape))
  }

  /// A block that is packed serves all rows of a part.
  public func tileBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    let sums = 12 * part(output.shape, bytes: 48 << 10)
    return sums + max(gradient.partScratchBytes(Array(inputs.suffix(3)), TensorType(output.shape)), sums / 3)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    parameterWords(inputs, output, scratch: scratchBytes(inputs, output))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType, scratch bytes: Int) -> [UInt32] {
    let slots = update.slots & ~0b100 | 0b1_1110_0000_0000
    let (operands, dw) = (Array(inputs.suffix(3)), TensorType(output.shape))
    // A quarter for strips and blocks, where that is more than the plain kernel needs.
    let beside = max(gradient.partScratchBytes(operands, dw), bytes / 4)
    let part = max(part(output.shape), part(output.shape, bytes: bytes - beside))
    return gradient.fusedWords(operands, dw, update.parameters(output, slots: slots), part)
  }

  /// Parts end at multiples of so many elements: whole blocks of optimizer state.
  private var unit: Int { update.update.rule == .sgd ? 1 : QuantizedUpdateParameters.block }

  /// Elements of a part: whole rows, with about so many bytes of sums and gradients.
  private func part(_ shape: [Int], bytes: Int = 4096) -> Int {
    let row = gradient.rowElements(shape)
    let smallest = row / greatestCommonDivisor(row, unit) * unit
    return min(shape.reduce(1, *), max(1, bytes / 12 / smallest) * smallest)
  }

  public static var samples: [Sample] {
    [UpdateRule.sgd, .adam].flatMap { rule in
      Gradient.samples.compactMap { sample in
        guard let gradient = sample.op as? Gradient, let dw = try? gradient.infer(sample.inputs) else { return nil }
        let update = IntegerUpdate(rule: rule, hasLowByte: rule == .sgd)
        let axis = Gradient.scaleAxis
        let scales = (0..<dw.shape[axis]).map { 0.01 * Float($0 + 1) }
        let weight = TensorType.weight(dw.shape, scales: scales, axis: axis)
        let op = GradWeightUpdate(gradient, QuantizedUpdate(update, axis: axis, tensor: 7))
        let inputs = [weight, TensorType(scales.count)] + update.state(dw.count).map(\.type) + sample.inputs
        guard let op, (try? op.infer(inputs)) != nil else { return nil }
        return Sample(op, inputs: inputs)
      }
    }
  }
}

/// An update that computes its gradient.
public protocol FusedUpdate: Operator {
  /// What the layer read, from which the gradient of its weight is computed.
  func source(of node: Node) -> ValueID
}

extension GradWeightUpdate: FusedUpdate {
  public func source(of node: Node) -> ValueID { node.inputs[node.inputs.count - 3] }
}

/// A gradient of an integer weight that can be computed a few rows at a time.
public protocol PartialGradient: IntegerOperator {
  static var fusedName: String { get }
  static var fusedOpcode: OpCode { get }
  /// Name of the gradient that is added to a sum.
  static var summedName: String { get }
  /// Axis of the weight along which its scales lie.
  static var scaleAxis: Int { get }
  /// Elements that are computed together, for a weight of this shape.
  func rowElements(_ shape: [Int]) -> Int
  /// Elements of a group, which no part crosses; nil where there is one.
  func groupElements(_ shape: [Int]) -> Int?
  /// Scratch beside the sums and gradients of a part.
  func partScratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int
  /// The parameters of gradient and update together.
  func fusedWords(
    _ inputs: [TensorType], _ output: TensorType, _ update: QuantizedUpdateParameters, _ part: Int
  ) -> [UInt32]
  /// The parameters where the gradient is added to what is there.
  func summedWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32]
}

extension QuantizedGradWeight: PartialGradient {
  public static var fusedName: String { "grad_weight_update" }
  public static var fusedOpcode: OpCode { .gradWeightUpdate }
  public static var summedName: String { "grad_weight_sum" }
  public static var scaleAxis: Int { 0 }

  public func rowElements(_ shape: [Int]) -> Int { shape[1...].reduce(1, *) }
  public func groupElements(_ shape: [Int]) -> Int? { groups == 1 ? nil : shape.reduce(1, *) / groups }

  public func partScratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    shape(inputs, output).integerScratchBytes()
  }

  public func fusedWords(
    _ inputs: [TensorType], _ output: TensorType, _ update: QuantizedUpdateParameters, _ part: Int
  ) -> [UInt32] {
    words(GradWeightUpdateParameters(gradient: parameters(inputs, output), update: update, part: part))
  }

  public func summedWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs, output, isSum: true))
  }
}

extension QuantizedDepthwiseGradWeight: PartialGradient {
  public static var fusedName: String { "depthwise_grad_weight_update" }
  public static var fusedOpcode: OpCode { .depthwiseGradWeightUpdate }
  public static var summedName: String { "depthwise_grad_weight_sum" }
  public static var scaleAxis: Int { 3 }

  public func rowElements(_ shape: [Int]) -> Int { shape[3] }
  public func groupElements(_ shape: [Int]) -> Int? { nil }
  public func partScratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int { 0 }

  public func fusedWords(
    _ inputs: [TensorType], _ output: TensorType, _ update: QuantizedUpdateParameters, _ part: Int
  ) -> [UInt32] {
    words(GradWeightUpdateParameters(gradient: parameters(inputs, output), update: update, part: part))
  }

  public func summedWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs, output, isSum: true))
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
