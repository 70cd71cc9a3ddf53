import CPlatform

/// Measures what runs of something take: the least of many, in CPU time, so that others on the machine do not count.
public struct Stopwatch: Sendable {
  /// How long one thing is run over and over.
  public var seconds: Double
  /// Nanoseconds of CPU time.
  public var clock: @Sendable () -> UInt64

  public init(seconds: Double, clock: @escaping @Sendable () -> UInt64 = { cp_thread_nanoseconds() }) {
    self.seconds = seconds
    self.clock = clock
  }

  /// A time beside which a look at the clock is nothing.
  private static let longEnough: UInt64 = 200_000
  private static let leastRuns = 3
  private static let mostRepeats = 1 << 20

  /// Nanoseconds of one `body`, which is run twice or more.
  public func least(_ body: () -> Void) -> Double {
    // The first one touches everything for the first time.
    body()
    var repeats = 1
    var time = self.time(repeats, body)
    while time < Self.longEnough && repeats < Self.mostRepeats {
      repeats *= 2
      time = self.time(repeats, body)
    }
    var best = time
    var spent = time
    var runs = 1
    while runs < Self.leastRuns || Double(spent) < seconds * 1e9 && runs < Self.mostRepeats {
      time = self.time(repeats, body)
      best = min(best, time)
      spent += time
      runs += 1
    }
    return Double(best) / Double(repeats)
  }

  private func time(_ repeats: Int, _ body: () -> Void) -> UInt64 {
    let start = clock()
    for _ in 0..<repeats { body() }
    return clock() - start
  }
}
