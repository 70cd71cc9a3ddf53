/// Parameters of the kernels that change weights and optimizer state.
public struct UpdateParameters: KernelParameters {
  public var count: Int32
  /// Tensors the kernel takes, the output included.
  public var tensors: Int32
  public var weightDecay: Float
  public var momentum: Float
  /// Micro-batches whose gradients the operand sums.
  public var accumulate: Int32

  public init(count: Int, tensors: Int, weightDecay: Float = 0, momentum: Float = 0, accumulate: Int = 1) {
    self.count = Int32(count)
    self.tensors = Int32(tensors)
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.accumulate = Int32(accumulate)
  }

  public var operandCount: Int { Int(tensors) }

  public func extent(of index: Int) -> Int? { index < tensors ? (Extent() * count).value : nil }

  public func isValid(for opcode: OpCode) -> Bool { tensors == (opcode == .momentumState ? 4 : 3) }
}

/// w ← w − rate · (g / accumulate + weightDecay · w).
func sgd<S: KernelScalar>(_ call: Call, _ context: StepContext, _: S.Type) {
  let p = call.parameters(UpdateParameters.self)
  let new = call.elements(0, S.self)
  let w = call.elements(1, S.self)
  let g = call.elements(2, S.self)
  let rate = S(context.learningRate)
  let decay = S(p.weightDecay)
  let share = 1 / S(Int(p.accumulate))
  new.map(Int(p.count), w, g) { w, g in w - rate * (g * share + decay * w) }
}

/// m ← momentum · m + (g / accumulate + weightDecay · w).
func momentumState<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(UpdateParameters.self)
  let new = call.elements(0, S.self)
  let m = call.elements(1, S.self)
  let g = call.elements(2, S.self)
  let w = call.elements(3, S.self)
  let momentum = S(p.momentum)
  let decay = S(p.weightDecay)
  let share = 1 / S(Int(p.accumulate))
  for i in 0..<Int(p.count) { new[i] = momentum * m[i] + (g[i] * share + decay * w[i]) }
}

/// Gradient accumulation: sum ← g in the first micro-batch of a window, sum + g in the others.
func accumulate<S: KernelScalar>(_ call: Call, _ context: StepContext, _: S.Type) {
  let p = call.parameters(UpdateParameters.self)
  let new = call.elements(0, S.self)
  let sum = call.elements(1, S.self)
  let g = call.elements(2, S.self)
  if context.isFirstMicroStep {
    new.first(Int(p.count)).copy(g)
  } else {
    new.map(Int(p.count), sum, g) { $0 + $1 }
  }
}
