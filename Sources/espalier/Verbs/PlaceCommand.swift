import ArgumentParser
import Foundation
import Memory
import Report
import Samples

/// `espalier place`: where pieces of memory lie whose lifetimes are known.
struct PlaceCommand: ParsableCommand {
  static let configuration = verb(
    "place", "Places pieces of memory with known lifetimes in as few bytes as possible.",
    "espalier place buffers.csv --capacity 1MiB -o placed.csv", "espalier place buffers.csv --json")

  @Argument(
    help: """
      A table in MiniMalloc's form: id,lower,upper,size and, if wanted, alignment; upper is the first step that an item \
      is not in use. A column offset is written anew, other columns are refused.
      """)
  var input: String

  @Option(
    help: ArgumentHelp("Bytes that would do; it is an error if they do not.", valueName: "size"),
    transform: ByteCount.argument)
  var capacity: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("The table with a column offset.", valueName: "csv"))
  var output: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try output.map { try Output($0, common, from: input) }
    var bytes = try readFile(input)[...]
    // Spreadsheets begin a text with it.
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.malformed, "\(input) is no text", advice: "give a table in MiniMalloc's form")
    }
    let table: ItemsCSV
    do throws(ItemsCSVError) { table = try ItemsCSV(text) } catch { throw error.failure(input) }
    let result = placeExactly(table.items, goal: capacity)
    let report = PlaceReport(
      items: table.items.count, arenaBytes: result.placement.bytes, lowerBound: result.lowerBound,
      optimal: result.isOptimal, capacity: capacity)
    if let capacity, result.placement.bytes > capacity { throw report.overCapacity(capacity) }
    if let output {
      try output.write(Array(table.text(result.placement).utf8))
      try output.report(report, report.text, common)
    } else {
      try common.report(report, report.text)
    }
  }
}

private struct PlaceReport: Encodable {
  let schema = 1
  let items: Int
  let arenaBytes: Int
  let lowerBound: Int
  let optimal: Bool
  let capacity: Int?

  private var quality: String {
    if optimal { return "no placement takes fewer" }
    let gap = 100 * (Double(arenaBytes) / Double(max(lowerBound, 1)) - 1)
    return "at most \(String(format: "%.2f", gap)) % above the best, which takes at least \(grouped(lowerBound))"
  }

  var text: String { "\(counted(items, "item")) in \(counted(arenaBytes, "byte")): \(quality)\n" }

  func overCapacity(_ capacity: Int) -> Failure {
    guard lowerBound <= capacity else {
      return Failure(
        .overCap, "no placement fits into \(grouped(capacity)) bytes: it takes at least \(grouped(lowerBound))",
        advice: "give --capacity \(arenaBytes), which is enough")
    }
    return Failure(
      .overCap, "found no placement in \(grouped(capacity)) bytes; \(grouped(arenaBytes)) are enough",
      advice: "give --capacity \(arenaBytes)")
  }
}
