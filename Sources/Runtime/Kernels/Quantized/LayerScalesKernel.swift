/// Trained weight scales keep at least this share of what they were: a scale is positive.
public let smallestGain: Float = 0x1p-10

/// s = max(γ, `smallestGain`) · s_w. Operands: s, γ, s_w.
func layerScales(_ call: Call) {
  let p = call.parameters(ElementwiseParameters.self)
  let (scales, gains, before) = (
    call.elements(0, Float.self), call.elements(1, Float.self), call.elements(2, Float.self)
  )
  for o in 0..<Int(p.count) { scales[o] = max(gains[o], smallestGain) * before[o] }
}

/// dγ = (Σ h·y) · s_w / s². Operands: dγ, Σ h·y, s, s_w.
///
/// h = g·s has the present scale in it, and y is γ times what the gradient is of.
func layerScalesGrad(_ call: Call) {
  let p = call.parameters(ElementwiseParameters.self)
  let (result, sums) = (call.elements(0, Float.self), call.elements(1, Float.self))
  let (scales, before) = (call.elements(2, Float.self), call.elements(3, Float.self))
  for o in 0..<Int(p.count) { result[o] = before[o] > 0 ? sums[o] / scales[o] * (before[o] / scales[o]) : 0 }
}

/// Operands: multipliers (i32, mantissa and shift of each output), weight scales (f32).
public struct LayerMultipliersParameters: KernelParameters {
  public var count: Int32
  public var input: Float
  public var output: Float

  public init(count: Int, input: Float, output: Float) {
    self.count = Int32(count)
    self.input = input
    self.output = output
  }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    switch index {
    case 0: (Extent() * count * 2).value
    case 1: (Extent() * count).value
    default: nil
    }
  }
  public func type(of index: Int) -> OperandType { .element(index == 0 ? .i32 : .f32) }
}

/// M[o] = s_x·s_w[o] / s_y.
func layerMultipliers(_ call: Call) {
  let p = call.parameters(LayerMultipliersParameters.self)
  let multipliers = call.elements(0, FixedPoint.self)
  let scales = call.elements(1, Float.self)
  for o in 0..<Int(p.count) {
    multipliers[o] = FixedPoint(input: p.input, weight: scales[o], output: p.output)
  }
}
