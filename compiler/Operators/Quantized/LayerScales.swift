import IR
import Runtime

/// The scales s[o] = max(γ[o], 2⁻¹⁰)·s_w[o] of a layer's integer weights while they are trained (Kim et al., Memory-Efficient
/// Fine-Tuning of Compressed Large Language Models via sub-4-bit Integer Quantization, 2023). Operands: γ, s_w, both f32 [O].
public struct LayerScales: IntegerOperator, PlainOperator {
  public static let name = "layer_scales"
  public static let opcode = OpCode.layerScales
  public static var samples: [Sample] { [Sample(LayerScales(), TensorType(5), TensorType(5), range: 0.5...2)] }

  public init() {}

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    return try alikeRows(inputs)
  }

  /// The seed is Σ h·y, as integer layers pass it back.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil, nil] }
    let before = graph.constant(node.inputs[1])!.floats()
    let name = graph.unused("scales:live:" + graph[node.inputs[1]].name)
    let live = graph.constant(name, Constant(TensorType(before.count), floats: liveScales(before)))
    return [try graph.append(LayerScalesGrad(), outputGradient, node.output, live), nil]
  }

  /// The scales before training.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { [1] }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ElementwiseParameters(count: output.count, tensors: 3))
  }
}

/// dγ = (Σ h·y)·s_w / s². Operands: Σ h·y, s, s_w (0 for channels that get no gradient), all f32 [O].
public struct LayerScalesGrad: IntegerOperator, PlainOperator {
  public static let name = "layer_scales_grad"
  public static let opcode = OpCode.layerScalesGrad
  public static var samples: [Sample] {
    [Sample(LayerScalesGrad(), TensorType(5), TensorType(5), TensorType(5), range: 0.5...2)]
  }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 3)
    return try alikeRows(inputs)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(ElementwiseParameters(count: output.count, tensors: 4))
  }
}

/// Multiplier and shift for each output of an integer layer, as `requantization` gives them, out of its weight scales (f32
/// [O]): i32 [O,2].
public struct LayerMultipliers: IntegerOperator {
  public static let name = "layer_multipliers"
  public static let opcode = OpCode.layerMultipliers
  public static var samples: [Sample] {
    [Sample(LayerMultipliers(input: 0.25, output: 0.125), TensorType(7), range: 0.001...2)]
  }

  /// Scales of the layer's input and output.
  public var input: Float
  public var output: Float

  public init(input: Float, output: Float) {
    self.input = input
    self.output = output
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(input: Float(try attributes.float("input")), output: Float(try attributes.float("output")))
  }

  public var attributes: Attributes { ["input": .float(Double(input)), "output": .float(Double(output))] }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let scales = try only(inputs)
    guard scales.rank == 1, scales.dtype == .f32, input > 0, input.isFinite, output > 0, output.isFinite else {
      throw ShapeError(Self.name, "has \(scales) between scales \(input) and \(output)")
    }
    return TensorType([scales.count, 2], .i32)
  }

  /// What integer layers pass back is meant for the scales.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] { [needsGradient[0] ? outputGradient : nil] }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(LayerMultipliersParameters(count: inputs[0].count, input: input, output: self.output))
  }
}

extension Operator {
  /// The type of operands that hold one float for each output.
  fileprivate func alikeRows(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].rank == 1, inputs.allSatisfy({ $0 == TensorType(inputs[0].count) }) else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    return inputs[0]
  }
}
