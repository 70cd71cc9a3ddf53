/// State of the loss guard, from step to step: two floats.
///
/// 0: running mean of the losses that passed, 0 before the first; 1: steps that were skipped.
public enum LossGuard {
  public static let count = 2
}

/// Operands of the gate: seed of the gradients, loss, state. Operands of the average: new state, state, loss.
public struct LossGuardParameters: KernelParameters {
  /// Losses above this many times the running mean do not pass.
  public var limit: Float
  /// 1 for the average, 0 for the gate.
  public var isAverage: Int32

  public init(limit: Float, isAverage: Bool) {
    self.limit = limit
    self.isAverage = isAverage ? 1 : 0
  }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    guard index < 3 else { return nil }
    return isAverage == 1 && index < 2 || isAverage == 0 && index == 2 ? LossGuard.count : 1
  }

  public func isValid(for opcode: OpCode) -> Bool { isAverage == (opcode == .lossAverage ? 1 : 0) }

  public func type(of index: Int) -> OperandType { .element(.f32) }

  func passes(_ loss: Float, _ state: Elements<Float>) -> Bool {
    loss.isFinite && (state[0] == 0 || loss <= limit * state[0])
  }
}

/// 1 where the loss is fit to learn from, else 0, which makes all gradients of the step 0.
func lossGate(_ call: Call) {
  let p = call.parameters(LossGuardParameters.self)
  call.elements(0, Float.self)[0] = p.passes(call.elements(1, Float.self)[0], call.elements(2)) ? 1 : 0
}

/// Losses that pass move the mean by 1/16; each that does not raises it by 1/16, so that a lasting change gets through.
func lossAverage(_ call: Call) {
  let p = call.parameters(LossGuardParameters.self)
  let (new, state, loss) = (call.elements(0, Float.self), call.elements(1, Float.self), call.elements(2, Float.self)[0])
  let (mean, skipped) = (state[0], state[1])
  if p.passes(loss, state) {
    new[0] = mean == 0 ? loss : mean + (loss - mean) / 16
    new[1] = skipped
  } else {
    // Bounded, so that the mean stays a number however long no loss passes.
    new[0] = min(mean + mean / 16, 0x1p120)
    new[1] = skipped + 1
  }
}
