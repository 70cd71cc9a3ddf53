import IR
import Operators
import Support
import Testing

/// Operators on floats that a network may be made of; all others stand in backward passes and updates alone.
private let differentiable: Set<String> = [
  "add", "affine", "average_pool", "batch_norm", "channel_affine", "channel_scale", "clip", "concat", "conv",
  "depthwise_conv", "div", "erf", "expand", "fixed_batch_norm", "gelu", "hard_sigmoid", "hard_swish", "leaky_relu",
  "log_softmax", "lrn", "matmul", "max_pool", "mean_squared_error", "mish", "mul", "pad", "reduce", "relu", "reshape",
  "sigmoid",
  "silu", "slice", "softmax", "softmax_cross_entropy", "softplus", "sub", "tanh", "transpose",
]

@Test func everyOperatorOfNetworksIsKnown() {
  #expect(differentiable.isSubset(of: registry.keys))
}

@Test(arguments: registry.keys.sorted())
func gradientEqualsCentralDifferences(name: String) throws {
  for sample in registry[name]!.samples where !(sample.op is any IntegerOperator) {
    guard differentiable.contains(name) else {
      #expect(throws: ShapeError.noGradient(name)) { _ = try gradientErrors(of: sample) }
      continue
    }
    let excluded = sample.op.nonDifferentiableOperands(sample.inputs.count)
    for (operand, error) in try gradientErrors(of: sample).enumerated() {
      guard sample.inputs[operand].dtype == .f32, !excluded.contains(operand) else {
        #expect(error == nil, "\(name) operand \(operand) is not differentiable, and has a gradient")
        continue
      }
      // A missing gradient would be a tensor that is trained wrongly, in silence.
      let error = try #require(error, "\(name) operand \(operand) of \(sample.inputs) has no gradient")
      #expect(error < 1e-6, "\(name) operand \(operand) of \(sample.inputs)")
    }
  }
}
