/// What tells a training that has run away from one that learns, however badly.
///
/// Integer weights stop at the ends of their range, so that a loss stays a finite number whatever the learning rate; it is
/// then far above what guessing costs, update after update.
public struct LossWatch {
  /// What users read when a training has diverged.
  public static var text: StaticCString {
    """
    training diverged: loss or weights are no finite numbers, or the loss is over 1000 times what it was at first; no \
    checkpoint of that was written
    """
  }

  /// The largest loss of a training that learns; 0 before the first step.
  private var limit: Float = 0
  /// Steps in a row that lost more; enough of them where a loss is no finite number.
  private var excess = 0
  private static var patience: Int { 8 }

  /// - Parameter guess: loss of a network that knows nothing.
  mutating func note(_ loss: Float, guess: Float) {
    if isNew { limit = min(1000 * (guess + (loss < .infinity ? loss : 0)), .greatestFiniteMagnitude) }
    excess = loss <= limit ? 0 : loss < .infinity ? excess &+ 1 : LossWatch.patience
  }

  var isNew: Bool { limit == 0 }
  var hasExceeded: Bool { excess > 0 }
  var hasDiverged: Bool { excess >= LossWatch.patience }
}

extension Session {
  /// Whether the loss was no finite number, or has been without measure for some steps: nothing is learned any more.
  public var hasDiverged: Bool { losses.hasDiverged }

  /// Whether variables and loss are those of a training that learns: a checkpoint holds no others.
  public var isSound: Bool {
    !losses.hasExceeded && holdsNumbers(unsafe Bytes(base: arena.base, count: image.persistentBytes))
  }

  /// Mean square of the targets in `batch(.train)`, what a result of zeros costs; 1 for classes.
  var guessLoss: Float {
    guard isBuilt(.meanSquaredError), let targets = batch(.train).targets, targets.count > 0 else { return 1 }
    var sum: Float = 0
    for index in 0..<targets.count { sum += targets[index] * targets[index] }
    return sum / Float(targets.count)
  }

  /// Whether the float variables among persistent bytes, as a checkpoint has them, are finite numbers.
  func holdsNumbers(_ persistent: Bytes) -> Bool {
    for index in 0..<image.variableCount {
      let row = image.train.tensor(Int(image.variable(index).tensor))
      guard row.type == .f32 else { continue }
      let start = Int(truncatingIfNeeded: row.offset)
      guard persistent.slice(start, Int(truncatingIfNeeded: row.byteCount)).areFiniteFloats else { return false }
    }
    return true
  }

  /// The same of state that is paged out.
  func holdsNumbers(pages state: Bytes) -> Bool {
    guard isBuilt(.pageOut), state.count > 0 else { return true }
    for plan in 0..<image.planCount {
      let program = image.train(plan)
      var at = 0
      while at < program.wordCount {
        let call = unsafe program.call(at: at, constants: image.constants.base, arena: arena.base)
        at &+= call.head.words
        guard builtOpCode(call.head.opcode) == .pageOut else { continue }
        let page = call.parameters(PageParameters.self)
        let start = zeroExtended(page.place) &* 16
        guard page.elementType == .f32, start < zeroExtended(state.count) else { continue }
        let bytes = min(Int(page.count) &* 4, state.count &- Int(truncatingIfNeeded: start))
        guard state.slice(Int(truncatingIfNeeded: start), bytes).areFiniteFloats else { return false }
      }
    }
    return true
  }
}

extension Bytes {
  /// Whether no float among the bytes is NaN or infinite.
  fileprivate var areFiniteFloats: Bool {
    for offset in stride(from: 0, to: count & ~3, by: 4) where !load(offset, as: Float.self).isFinite { return false }
    return true
  }
}
