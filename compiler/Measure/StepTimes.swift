/// The least times of a step and of its rows over several steps, in nanoseconds.
public struct StepTimes: Equatable, Sendable {
  /// Steps that were run with the rows' times taken.
  public var steps: Int
  /// Of a whole step.
  public var step: UInt64
  /// Of each row, what a look at the clock takes included.
  public var rows: [UInt64]
  /// What a look at the clock takes.
  public var clock: UInt64

  public init(steps: Int, step: UInt64, rows: [UInt64], clock: UInt64) {
    self.steps = steps
    self.step = step
    self.rows = rows
    self.clock = clock
  }

  /// Of each row without the looks at the clock.
  public var ownNanoseconds: [UInt64] { rows.map { $0 > clock ? $0 - clock : 0 } }
}
