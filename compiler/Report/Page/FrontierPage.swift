/// One page about the ways to compute a step: bytes against multiplications, as a picture and a table.
public struct FrontierPage {
  let title: String
  let frontier: Frontier

  public init(title: String, _ frontier: Frontier) {
    self.title = title
    self.frontier = frontier
  }

  public var text: String {
    """
    <!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
    <head><meta charset="utf-8"/><title>\(escaped(title))</title><style>\(PlanPage.style)</style></head>
    <body>
    <h1>\(escaped(title))</h1>
    <p>Each point is a way to compute the same training step, with the same bits: fewer bytes, more multiplications.</p>
    \(drawing)
    \(rows)
    </body>
    </html>

    """
  }

  private var rows: String {
    pageTable(
      ["arena", "multiplications", "more", "how"],
      frontier.points.enumerated().map { index, point in
        [
          grouped(point.arenaBytes), grouped(point.stepMacs), frontier.more(point),
          point.description + (index == frontier.knee ? " (knee)" : ""),
        ]
      })
  }

  private var drawing: String {
    let axes = FrontierAxes(frontier)
    var svg = SVG(width: 1060, height: 430)
    axes.draw(&svg)
    for (a, b) in zip(frontier.points, frontier.points.dropFirst()) {
      svg.line(axes.x(a), axes.y(a), axes.x(b), axes.y(a), style: "axis")
      svg.line(axes.x(b), axes.y(a), axes.x(b), axes.y(b), style: "axis")
    }
    for (index, point) in frontier.points.enumerated() {
      svg.rectangle(
        axes.x(point) - 5, axes.y(point) - 5, 10, 10, style: index == frontier.knee ? "gradient" : "saved",
        hint: "\(grouped(point.arenaBytes)) bytes, \(frontier.more(point)) more: \(point.description)")
    }
    return svg.text
  }
}

/// Bytes across, more multiplications upwards.
private struct FrontierAxes {
  let left = 90.0
  let right = 1000.0
  let top = 20.0
  let bottom = 380.0
  /// Bytes at the right end.
  let most: Double
  /// Multiplications of the step as a whole, and the share more at the upper end.
  let first: Double
  let span: Double

  init(_ frontier: Frontier) {
    most = Double(max(frontier.points.map(\.arenaBytes).max() ?? 1, 1))
    let least = Double(max(frontier.points[0].stepMacs, 1))
    first = least
    span = max((frontier.points.map { Double($0.stepMacs) / least - 1 }.max() ?? 0) * 1.1, 0.01)
  }

  func x(_ point: Frontier.Point) -> Double { left + (right - left) * Double(point.arenaBytes) / most }
  func y(_ point: Frontier.Point) -> Double {
    bottom - (bottom - top) * (Double(point.stepMacs) / first - 1) / span
  }

  func draw(_ svg: inout SVG) {
    svg.line(left, bottom, right, bottom, style: "axis")
    svg.line(left, top, left, bottom, style: "axis")
    for part in 0...4 {
      let share = Double(part) / 4
      svg.label(left + (right - left) * share, bottom + 18, grouped(Int(most * share)), style: "middle")
      let more = tenths(Int(1000 * span * share)) + " %"
      svg.label(left - 8, bottom - (bottom - top) * share + 4, more, style: "right")
    }
    svg.label((left + right) / 2, bottom + 38, "bytes of the arena", style: "middle")
    svg.label(left + 8, top + 4, "more multiplications", style: "left")
  }
}
