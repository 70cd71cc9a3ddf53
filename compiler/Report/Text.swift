/// `1234567` as `1,234,567`.
public func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var groups: [Substring] = []
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = String(digits.dropLast(3))
  }
  return (number < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
}

/// A number of tenths with its point.
func tenths(_ count: Int) -> String { "\(count < 0 ? "-" : "")\(abs(count) / 10).\(abs(count) % 10)" }

/// `1 node`, `2 nodes`; `plural` where an s does not do.
public func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
  "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
}

/// Text that is at most so long: what is too much is left out in its middle.
func shortened(_ text: String, to length: Int) -> String {
  guard text.count > length, length > 0 else { return text }
  return text.prefix((length - 1) / 2) + "…" + text.suffix(length / 2)
}

/// What a table may take of a line, so that every terminal shows it whole.
public let lineWidth = 80

/// Columns side by side, two blanks between; columns of numbers stand to the right.
///
/// - Parameter flexible: the column that is shortened where a line would be longer than `width`, down to 12 characters.
public func columns(
  _ rows: [[String]], rightAligned: Set<Int>, flexible: Int? = nil, width: Int = lineWidth
) -> String {
  guard let flexible else { return columns(rows, rightAligned: rightAligned) }
  let whole = columns(rows, rightAligned: rightAligned)
  let longest = whole.split(separator: "\n").map(\.count).max() ?? 0
  let cells = rows.map { flexible < $0.count ? $0[flexible].count : 0 }.max() ?? 0
  guard longest > width else { return whole }
  let room = max(12, cells - (longest - width))
  let narrow = rows.map { row in
    row.enumerated().map { $0 == flexible ? shortened($1, to: room) : $1 }
  }
  return columns(narrow, rightAligned: rightAligned)
}

private func columns(_ rows: [[String]], rightAligned: Set<Int>) -> String {
  var widths: [Int] = []
  for row in rows {
    for (column, cell) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      widths[column] = max(widths[column], cell.count)
    }
  }
  return rows.map { row in
    var line = row.enumerated().map { column, cell in
      let fill = String(repeating: " ", count: widths[column] - cell.count)
      return rightAligned.contains(column) ? fill + cell : cell + fill
    }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }.joined()
}

extension PlanReport {
  /// One line per step: number from 1, operator, name, bytes of the output, bytes in use; the peak is marked.
  public var stepText: String { stepText(width: lineWidth) }

  /// The same; names are shortened where lines would be longer than `width`.
  public func stepText(width: Int) -> String {
    var rows = [["step", "operator", "output", "bytes", "live", ""]]
    rows += stepTable.map {
      [
        "\($0.index + 1)", $0.operator, $0.name, grouped($0.output.bytes), grouped($0.bytesLive),
        $0.index == peakStep ? "<- peak" : "",
      ]
    }
    return columns(rows, rightAligned: [0, 3, 4], flexible: 2, width: width)
  }

  /// Sizes, bounds and bytes by class, a line each.
  public var summaryText: String {
    var rows = [["arena", grouped(arenaBytes)]]
    if let capBytes { rows.append(["cap", grouped(capBytes)]) }
    rows += [
      ["frozen, mapped", grouped(residentBytes)], ["bound for this order", grouped(lbSchedule)],
      ["bound for every order", grouped(lbOrder)], ["bound for one operator", grouped(lbOperator)],
    ]
    for saving in savings {
      rows.append(["  " + saving.measure, grouped(saving.arenaBytes)])
    }
    if let oldWeights { rows.append(["old weights kept", grouped(oldWeights.bytes)]) }
    for stage in patches {
      rows.append(["\(stage.layerText) in patches", "\(stage.rows) x \(stage.columns)"])
    }
    if !patches.isEmpty { rows.append(more(patches.reduce(0) { $0 + $1.extraMacs })) }
    if let recomputation {
      rows.append(["computed twice, not kept", grouped(recomputation.bytes)])
      rows.append(more(recomputation.extraMacs))
    }
    if readsInPlace { rows.append(["samples", "read where they lie"]) }
    for codec in codecs {
      rows.append(["kept as \(codec.codec)", "\(grouped(codec.keptBytes)) of \(grouped(codec.bytes))"])
    }
    if let paging { rows.append(["paged out in a step", grouped(paging.bytesPerStep)]) }
    let classes = bytesByClass
    rows += [
      ("weights", classes.weights), ("optimizer state", classes.state), ("saved for backward", classes.saved),
      ("activations", classes.activations), ("gradients", classes.gradients), ("scratch", classes.scratch),
      ("inputs and results", classes.io), ("interpreter", classes.control),
    ].map { ["  " + $0.0, grouped($0.1)] }
    return columns(rows, rightAligned: [1], flexible: 0)
  }

  /// Multiplications that something adds, as a share of those that a step takes without.
  private func more(_ extra: Int) -> [String] {
    let least = macsForward + macsBackward + macsUpdate - extraMacs
    return ["  more to compute", tenths(1000 * extra / max(least, 1)) + " %"]
  }

  /// Multiplications that patches and recomputation add.
  public var extraMacs: Int { patches.reduce(0) { $0 + $1.extraMacs } + (recomputation?.extraMacs ?? 0) }
}
