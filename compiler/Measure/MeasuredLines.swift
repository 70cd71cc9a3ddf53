import Foundation

/// Why lines of a board are no times of a plan; facts only.
public enum MeasuredFault: Error, Equatable {
  /// What is wrong with a line.
  public enum Line: Equatable, Sendable {
    case missing, unreadable
    case schema(Int)
    case steps(Int)
    /// A row out of its turn.
    case row(Int, due: Int)
    /// A time that no step takes, in nanoseconds.
    case time(UInt64)
  }

  /// The line, from 1 on.
  case line(Int, Line)
  /// Another plan's digest.
  case digest(found: String, expected: String)
  /// Rows that are there, of those that there should be.
  case rows(found: Int, expected: Int)
  /// A plan that the image has not got, by its index.
  case plan(Int)
}

/// The times of a step as a board's runner prints them: a line of JSON about all, then one for each row.
public struct MeasuredLines: Sendable {
  public let digest: String
  /// Index of the plan in its image.
  public let plan: Int
  public let times: StepTimes

  private struct Head: Decodable {
    var schema: Int
    var digest: String
    var plan: Int
    var steps: Int
    var rows: Int
    var stepNs: UInt64
    var clockNs: UInt64
  }

  private struct Row: Decodable {
    var row: Int
    var ns: UInt64
  }

  /// - Throws: `MeasuredFault.line`, `rows`.
  public init(_ text: String) throws(MeasuredFault) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().filter {
      $0.element.contains { !$0.isWhitespace }
    }
    guard let first = lines.first else { throw .line(1, .missing) }
    let head: Head = try Self.decode(first.element, first.offset)
    guard head.schema == 1 else { throw .line(first.offset + 1, .schema(head.schema)) }
    guard head.steps > 0 else { throw .line(first.offset + 1, .steps(head.steps)) }
    var rows: [UInt64] = []
    for line in lines.dropFirst() {
      let row: Row = try Self.decode(line.element, line.offset)
      guard row.row == rows.count else { throw .line(line.offset + 1, .row(row.row, due: rows.count)) }
      // Four hours: sums of such times fit.
      guard row.ns < 1 << 44 else { throw .line(line.offset + 1, .time(row.ns)) }
      rows.append(row.ns)
    }
    guard rows.count == head.rows else { throw .rows(found: rows.count, expected: head.rows) }
    digest = head.digest
    plan = head.plan
    times = StepTimes(steps: head.steps, step: head.stepNs, rows: rows, clock: head.clockNs)
  }

  private static func decode<T: Decodable>(_ line: Substring, _ index: Int) throws(MeasuredFault) -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let value = try? decoder.decode(T.self, from: Data(line.utf8)) else {
      throw .line(index + 1, .unreadable)
    }
    return value
  }
}
