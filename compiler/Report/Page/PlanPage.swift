/// One page about a plan that needs nothing but itself: the arena over time, live bytes, bounds, and every step.
///
/// It is XHTML, so that XML tools read it as well.
public struct PlanPage {
  let title: String
  let report: PlanReport
  let map: ArenaMap
  /// Microseconds of each step; nil where nobody measured them.
  let microseconds: [Double]?

  /// - Parameter microseconds: of each step of the report.
  public init(title: String, _ report: PlanReport, _ map: ArenaMap, microseconds: [Double]? = nil) {
    self.title = title
    self.report = report
    self.map = map
    self.microseconds = microseconds
  }

  public var text: String {
    page(
      title,
      """
      <p>\(escaped(summary))</p>
      \(facts)
      <h2>Arena</h2>
      <p>Each rectangle is a tensor: across, the steps it is live; upwards, its bytes. Rest the pointer on one.</p>
      \(legend)
      \(arenaDrawing)
      <h2>Live bytes</h2>
      \(liveDrawing)
      \(timeSection)<h2>Steps</h2>
      \(steps)
      """)
  }

  private var summary: String {
    "mode \(report.mode), policy \(report.policy); trains \(counted(report.trainedParameters, "parameter")) in "
      + "\(counted(report.trainedTensors.count, "tensor")); \(counted(report.steps, "step")); digest \(report.digest)"
  }

  private var facts: String {
    func ratio(_ bound: Int) -> String {
      let thousandths = Int((1000 * Double(report.arenaBytes) / Double(max(bound, 1))).rounded())
      return "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
    }
    var rows = [["arena", grouped(report.arenaBytes), ""]]
    if let cap = report.capBytes { rows.append(["cap", grouped(cap), ""]) }
    rows += [
      ["bound of this order", grouped(report.lbSchedule), ratio(report.lbSchedule)],
      ["bound of any order", grouped(report.lbOrder), ratio(report.lbOrder)],
      ["bound of the largest operation", grouped(report.lbOperator), ratio(report.lbOperator)],
      ["frozen weights, mapped from the file", grouped(report.residentBytes), ""],
    ]
    return pageTable(["", "bytes", "arena / bound"], rows)
  }

  private var legend: String {
    let present = ArenaMap.Kind.allCases.filter { kind in map.rectangles.contains { $0.kind == kind } }
    return "<p class=\"legend\">"
      + present.map { "<span class=\"\($0.rawValue)\"></span>\($0.rawValue) " }.joined() + "</p>"
  }

  private var steps: String {
    pageTable(
      ["step", "operation", "gives", "bytes", "live", "scratch", "kernel"] + timeHead,
      report.stepTable.map {
        [
          "\($0.index + 1)", $0.operator, $0.name, grouped($0.output.bytes), grouped($0.bytesLive),
          $0.scratchBytes == 0 ? "" : grouped($0.scratchBytes), $0.variant,
        ] + timeCells($0.index)
      })
  }

  static let style = """
    body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
    h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}svg{width:100%;height:auto}
    table{border-collapse:collapse;font-size:13px}th,td{padding:2px 12px 2px 0;text-align:left;white-space:nowrap}
    td{border-top:1px solid #eee;font-variant-numeric:tabular-nums}
    text{font:12px system-ui,sans-serif;fill:#555}.right{text-anchor:end}.middle{text-anchor:middle}
    rect{stroke:#fff;stroke-width:.4}rect:hover{stroke:#000;stroke-width:1.5}
    .variable{fill:#8a8f98;background:#8a8f98}.saved{fill:#2f6fb5;background:#2f6fb5}
    .activation{fill:#7fb3e3;background:#7fb3e3}.gradient{fill:#e08a3c;background:#e08a3c}
    .scratch{fill:#b9a3d6;background:#b9a3d6}.io{fill:#5da870;background:#5da870}
    .legend span{display:inline-block;width:.9em;height:.9em;margin:0 .35em 0 1em;vertical-align:-.1em}
    .axis{stroke:#bbb}.cap{stroke:#c62828;stroke-width:1.5;stroke-dasharray:6 4}.peak{stroke:#222;stroke-dasharray:2 3}
    .live{fill:#7fb3e3;stroke:#2f6fb5}.time{fill:#e08a3c}
    """
}

/// A whole page: its title as a heading, and what stands below.
func page(_ title: String, _ body: String) -> String {
  """
  <!DOCTYPE html>
  <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
  <head><meta charset="utf-8"/><title>\(escaped(title))</title><style>\(PlanPage.style)</style></head>
  <body>
  <h1>\(escaped(title))</h1>
  \(body)
  </body>
  </html>

  """
}

/// A table of a page, its first row the head.
func pageTable(_ head: [String], _ rows: [[String]]) -> String {
  func row(_ cells: [String], _ tag: String) -> String {
    "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
  }
  return "<table>\n" + row(head, "th") + rows.map { row($0, "td") }.joined() + "</table>"
}
