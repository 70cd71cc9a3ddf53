/// Columns side by side, two blanks between, those of numbers to the right; ends with a line break.
func table(_ rows: [[String]], right: Set<Int> = []) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  let lines = rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let fill = String(repeating: " ", count: widths[column] - cell.count)
      return right.contains(column) ? fill + cell : cell + fill
    }
    return cells.joined(separator: "  ")
  }
  return lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) + "\n" }.joined()
}
