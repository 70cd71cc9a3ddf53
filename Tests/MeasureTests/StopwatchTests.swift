import Synchronization
import Testing

@testable import Measure

/// A clock whose looks, and what is measured with it, take made-up times.
final class MadeUpClock: Sendable {
  private let now = Mutex<UInt64>(0)

  func pass(_ nanoseconds: UInt64) { now.withLock { $0 += nanoseconds } }

  func stopwatch(seconds: Double, look: UInt64 = 0) -> Stopwatch {
    Stopwatch(seconds: seconds) { [self] in
      pass(look)
      return now.withLock { $0 }
    }
  }
}

struct StopwatchTests {
  @Test func shortThingsAreRepeatedUntilTheClockCanTell() {
    let clock = MadeUpClock()
    var runs = 0
    let time = clock.stopwatch(seconds: 0.001).least {
      runs += 1
      clock.pass(1000)
    }
    #expect(time == 1000)
    // Once to begin with; 1, 2, 4 ... 256 repeats, of which 256 take long enough; then until a millisecond is over.
    #expect(runs == 1 + 511 + 3 * 256)
  }

  @Test func ofSeveralRunsTheLeastCounts() {
    let clock = MadeUpClock()
    var times: [UInt64] = [900_000, 400_000, 700_000, 300_000, 500_000]
    let time = clock.stopwatch(seconds: 0.0015).least { clock.pass(times.removeFirst()) }
    #expect(time == 300_000 && times.isEmpty)
  }

  /// However long one takes, there are three.
  @Test func longThingsAreRunThreeTimes() {
    let clock = MadeUpClock()
    var runs = 0
    let time = clock.stopwatch(seconds: 0.01).least {
      runs += 1
      clock.pass(2_000_000_000)
    }
    #expect(time == 2_000_000_000 && runs == 4)
  }
}
