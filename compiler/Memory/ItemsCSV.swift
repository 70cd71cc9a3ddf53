/// Items with names, as MiniMalloc reads and writes them: `id,lower,upper,size`, with `offset` once they are placed.
///
/// An item is live from step `lower` up to, but not in, step `upper`; sizes are bytes. A column `alignment` is honoured.
public struct ItemsCSV: Hashable, Sendable {
  public var names: [String]
  public var items: [Item]

  /// Largest number that a field may be; sums of many of them still fit.
  private static let limit = 1 << 40

  /// Largest alignment of an item.
  private static let largestAlignment = 1 << 20

  /// Reads a table. Columns may have any order; offsets that are there are not looked at, they are what is asked for.
  ///
  /// - Throws: `ItemsCSVError` with the line that is wrong, counted from 1.
  public init(_ text: String) throws(ItemsCSVError) {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { ItemsCSV.fields($0) }
    while lines.last == [""] { lines.removeLast() }
    guard let header = lines.first else { throw .header(missing: "id") }
    var columns: [String: Int] = [:]
    for name in ["id", "lower", "upper", "size"] {
      guard let column = header.firstIndex(of: name) else { throw .header(missing: name) }
      columns[name] = column
    }
    columns["alignment"] = header.firstIndex(of: "alignment")
    let known = columns.keys + ["offset"]
    if let other = header.first(where: { !known.contains($0) }) { throw .unknownColumn(other) }
    for name in known where header.count(where: { $0 == name }) > 1 { throw .repeatedColumn(name) }
    names = []
    items = []
    var seen: Set<String> = []
    for (index, fields) in lines.enumerated().dropFirst() {
      let row = Row(fields: fields, columns: columns, line: index + 1)
      // Figures with commas in them are more fields, and would count as less.
      guard fields.count == header.count else {
        throw .fields(line: index + 1, found: fields.count, expected: header.count)
      }
      let name = try row.text("id")
      guard seen.insert(name).inserted else { throw .repeated(line: index + 1, name: name) }
      let (lower, upper) = (try row.number("lower"), try row.number("upper"))
      guard lower < upper else { throw .lifetime(line: index + 1, lower: lower, upper: upper) }
      names.append(name)
      let alignment = try row.alignment()
      items.append(Item(bytes: try row.number("size"), first: lower, last: upper - 1, alignment: alignment))
    }
  }

  /// The table with offsets; a line for each item, in their order.
  public func text(_ placement: Placement) -> String {
    let isAligned = items.contains { $0.alignment > 1 }
    var text = "id,lower,upper,size,\(isAligned ? "alignment," : "")offset\n"
    for (index, item) in items.enumerated() {
      let alignment = isAligned ? "\(item.alignment)," : ""
      text += "\(names[index]),\(item.first),\(item.last + 1),\(item.bytes),\(alignment)\(placement.offsets[index])\n"
    }
    return text
  }

  private static func fields(_ line: Substring) -> [String] {
    line.split(separator: ",", omittingEmptySubsequences: false).map { field in
      String(field.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  private struct Row {
    let fields: [String]
    let columns: [String: Int]
    let line: Int

    func text(_ name: String) throws(ItemsCSVError) -> String {
      guard let column = columns[name], !fields[column].isEmpty else {
        throw .missing(line: line, column: name)
      }
      return fields[column]
    }

    func number(_ name: String) throws(ItemsCSVError) -> Int {
      let text = try text(name)
      guard let value = Int(text), (0...ItemsCSV.limit).contains(value) else {
        throw .number(line: line, column: name, text: text, limit: ItemsCSV.limit)
      }
      return value
    }

    /// 1 where the table or the line has none.
    func alignment() throws(ItemsCSVError) -> Int {
      guard let column = columns["alignment"], !fields[column].isEmpty else { return 1 }
      guard let value = Int(fields[column]), (1...ItemsCSV.largestAlignment).contains(value), value & (value - 1) == 0
      else {
        throw .alignment(line: line, text: fields[column], limit: ItemsCSV.largestAlignment)
      }
      return value
    }
  }
}

/// What is wrong with a table of items; lines are counted from 1.
public enum ItemsCSVError: Error, Hashable, Sendable {
  case header(missing: String)
  /// A column whose meaning is not known, and may be important.
  case unknownColumn(String)
  case repeatedColumn(String)
  case missing(line: Int, column: String)
  /// A line of more or fewer fields than the header.
  case fields(line: Int, found: Int, expected: Int)
  case number(line: Int, column: String, text: String, limit: Int)
  case alignment(line: Int, text: String, limit: Int)
  case lifetime(line: Int, lower: Int, upper: Int)
  case repeated(line: Int, name: String)
}
