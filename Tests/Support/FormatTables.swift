import Foundation
import Runtime

/// A line of a byte table of FORMAT.md: first byte, and the type as the table spells it.
public struct FormatField: Equatable, Sendable, CustomStringConvertible {
  public let byte: Int
  public let type: String
  public var description: String { "\(byte) \(type)" }

  /// The magic number stands in the tables as the 8 bytes it is.
  public static let magic = FormatField(byte: 0, type: "8 bytes")

  public init(byte: Int, type: String) {
    self.byte = byte
    self.type = type
  }

  /// The line of a header's field.
  public init<Header, Value>(_ path: KeyPath<Header, Value>) {
    let type =
      switch Value.self {
      case is UInt32.Type: "u32"
      case is Int32.Type: "i32"
      case is UInt64.Type: "u64"
      case is Float.Type: "f32"
      case is Double.Type: "f64"
      case is TableSpan.Type: "span"
      case is ProgramHeader.Type: "program"
      case is Digest.Type: "32 bytes"
      case is ArrayShape.Type: "shape"
      case is PlanArray.Type: "plan array"
      case is PackArray.Type: "packed array"
      case is InlineArray<3, UInt32>.Type: "3 x u32"
      case is InlineArray<6, UInt32>.Type: "6 x u32"
      default: "16 x f32"
      }
    self.init(byte: MemoryLayout<Header>.offset(of: path)!, type: type)
  }

  /// Bytes that the type takes: what it says, or a number of something.
  public var size: Int {
    let sizes = [
      "u32": 4, "i32": 4, "u64": 8, "f32": 4, "f64": 8, "span": 16, "program": 56, "shape": 36,
      "plan array": 80, "packed array": 232,
    ]
    if let size = sizes[type] { return size }
    let words = type.split(separator: " ").map(String.init)
    let count = words.compactMap { Int($0) }.reduce(1, *)
    return words.last == "bytes" ? count : count * sizes[words.last ?? "", default: 0]
  }
}

/// The byte tables of FORMAT.md by what their first line names; lines without a fixed size ("bytes") are left out.
public func formatTables() throws -> [String: [FormatField]] {
  let path = URL(filePath: #filePath).appending(path: "../../../Sources/Runtime/Image/FORMAT.md").standardized.path
  var tables: [String: [FormatField]] = [:]
  var name: String?
  for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
    if line.hasPrefix("| byte |") { name = "" } else if !line.hasPrefix("|") { name = nil }
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    guard cells.count == 3, let byte = Int(cells[0]), cells[1] != "bytes", let last = name else { continue }
    let table = last.isEmpty ? cells[2].filter { $0.isLetter } : last
    name = table
    tables[table, default: []].append(FormatField(byte: byte, type: cells[1]))
  }
  return tables
}
