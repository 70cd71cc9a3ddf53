extension Session {
  /// Runs the plan's training program once, as `walk` does, and lowers the times of its rows to those that they took.
  ///
  /// A row's time is that from one look at the clock to the next: what a look itself takes is in it.
  ///
  /// - Parameters:
  ///   - least: one entry a row, in units of the clock; `.max` before the first run.
  ///   - clock: the time now, never less than before.
  public mutating func timeRows(_ least: Elements<UInt64>, clock: () -> UInt64) {
    guard isBuilt(.profile) else { return }
    var watch = RowWatch(least: least)
    walk { _, _ in
      watch.note(clock())
      return .run
    }
    watch.note(clock())
  }

  /// What the same takes as a whole.
  public mutating func timeStep(clock: () -> UInt64) -> UInt64 {
    guard isBuilt(.profile) else { return 0 }
    let start = clock()
    walk { _, _ in .run }
    return clock() &- start
  }
}

/// The least that two looks at a clock are apart: what it adds to every time that is measured with it.
public func clockCost(_ clock: () -> UInt64) -> UInt64 {
  var least = UInt64.max
  for _ in 0..<64 {
    let start = clock()
    least = min(least, clock() &- start)
  }
  return least
}

/// Notes the time between two looks at the clock as that of the row in between.
private struct RowWatch {
  let least: Elements<UInt64>
  private var row = -1
  private var start: UInt64 = 0

  init(least: Elements<UInt64>) { self.least = least }

  mutating func note(_ now: UInt64) {
    if 0..<least.count ~= row { least[row] = min(least[row], now &- start) }
    start = now
    row &+= 1
  }
}
