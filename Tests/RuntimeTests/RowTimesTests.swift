import Emit
import Support
import Testing

@testable import Runtime

/// Times of rows, by a clock that is made up.
struct RowTimesTests {
  private let memory = AlignedBytes(TinyPlan.contents().bytes())

  /// A clock that shows these times, one after the other.
  private final class Clock {
    private var times: ArraySlice<UInt64>
    init(_ times: UInt64...) { self.times = times[...] }
    func look() -> UInt64 { times.removeFirst() }
    var isAtItsEnd: Bool { times.isEmpty }
  }

  private func time(_ session: inout Session, _ least: inout [UInt64], _ clock: Clock) {
    least.withUnsafeMutableBufferPointer { rows in
      session.timeRows(Elements(base: rows.baseAddress!, count: rows.count), clock: clock.look)
    }
    #expect(clock.isAtItsEnd)
  }

  @Test func eachRowTakesTheTimeUntilTheNext() throws {
    var session = try Session(Image(memory.bytes))
    var least = [UInt64](repeating: .max, count: 2)
    time(&session, &least, Clock(100, 107, 130))
    #expect(least == [7, 23])
    // Of several runs, the least of each row.
    time(&session, &least, Clock(1000, 1009, 1011))
    #expect(least == [7, 2])
    time(&session, &least, Clock(2000, 2001, 2050))
    #expect(least == [1, 2])
    // All rows were run, those of the last micro-step as well; counters stay.
    #expect(session.step == 0 && session.microStep == 0)
    #expect(floats(session.variable(0)) != TinyPlan.initial)
  }

  @Test func rowsBeyondTheTableAreRunAndNotNoted() throws {
    var session = try Session(Image(memory.bytes))
    var least: [UInt64] = [.max]
    time(&session, &least, Clock(5, 6, 9))
    #expect(least == [1])
    #expect(floats(session.variable(0)) != TinyPlan.initial)
  }

  @Test func aStepIsTimedWithTwoLooks() throws {
    var session = try Session(Image(memory.bytes))
    let clock = Clock(40, 90)
    #expect(session.timeStep(clock: clock.look) == 50 && clock.isAtItsEnd)
  }

  @Test func aLookCostsTheLeastThatTwoAreApart() {
    var now: UInt64 = 0
    var steps: UInt64 = 0
    let cost = clockCost {
      steps += 1
      now += 20 + steps % 7
      return now
    }
    #expect(cost == 20)
  }
}
