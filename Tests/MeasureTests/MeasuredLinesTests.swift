import Testing

@testable import Measure

/// What a board's runner prints, and what is none of it.
struct MeasuredLinesTests {
  private static let head =
    #"{"schema":1,"digest":"ab","plan":1,"steps":10,"rows":2,"step_ns":900,"clock_ns":30}"#

  @Test func linesBecomeTimes() throws {
    let lines = try MeasuredLines(Self.head + "\n{\"row\":0,\"ns\":430}\r\n\n{\"row\":1,\"ns\":20}\n")
    #expect(lines.digest == "ab" && lines.plan == 1)
    #expect(lines.times == StepTimes(steps: 10, step: 900, rows: [430, 20], clock: 30))
    // No row takes less than no time.
    #expect(lines.times.ownNanoseconds == [400, 0])
  }

  @Test(arguments: [
    ("", MeasuredFault.line(1, .missing)),
    ("step 1\n", .line(1, .unreadable)),
    (head.replacing("\"schema\":1", with: "\"schema\":2"), .line(1, .schema(2))),
    (head.replacing("\"steps\":10", with: "\"steps\":0"), .line(1, .steps(0))),
    (head.replacing("900", with: "-1"), .line(1, .unreadable)),
    (head, .rows(found: 0, expected: 2)),
    (head + "\n{\"row\":0,\"ns\":1}\n", .rows(found: 1, expected: 2)),
    (head + "\n{\"row\":1,\"ns\":1}\n", .line(2, .row(1, due: 0))),
    (head + "\n{\"row\":0,\"ns\":1}\nKilled\n", .line(3, .unreadable)),
    (head + "\n{\"row\":0,\"ns\":18446744073709551615}\n", .line(2, .time(.max))),
  ]) func whatIsNoneIsNamed(text: String, fault: MeasuredFault) {
    #expect(throws: fault) { try MeasuredLines(text) }
  }
}
