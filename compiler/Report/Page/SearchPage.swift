/// One page about the policies that a search tried: bytes against results, as a picture and a table.
public struct SearchPage {
  let title: String
  let front: SearchFront

  public init(title: String, _ front: SearchFront) {
    self.title = title
    self.front = front
  }

  public var text: String {
    """
    <!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
    <head><meta charset="utf-8"/><title>\(escaped(title))</title><style>\(PlanPage.style)</style></head>
    <body>
    <h1>\(escaped(title))</h1>
    <p>Each point is a policy: bytes of its arena, its result after training, and as area the multiplications of a step.
    Dark points are the front: nothing is better in one of the three and as good in the others.</p>
    \(drawing)
    \(pageTable([""] + SearchFront.Point.heads, front.points.map { ["#\($0.number)"] + $0.cells }))
    </body>
    </html>

    """
  }

  private var drawing: String {
    let axes = SearchAxes(front)
    var svg = SVG(width: 1060, height: 430)
    axes.draw(&svg)
    let most = Double(max(front.points.map(\.stepMacs).max() ?? 1, 1))
    for point in front.points.reversed() {
      let side = 4 + 18 * (Double(point.stepMacs) / most).squareRoot()
      svg.rectangle(
        axes.x(point) - side / 2, axes.y(point) - side / 2, side, side, style: point.onFront ? "gradient" : "saved",
        hint: "#\(point.number) \(point.source): \(grouped(point.arenaBytes)) bytes, \(point.result)")
      svg.label(axes.x(point) + side / 2 + 3, axes.y(point) + 4, "#\(point.number)", style: "left")
    }
    return svg.text
  }
}

/// Bytes across, results upwards.
private struct SearchAxes {
  let left = 90.0
  let right = 1000.0
  let top = 20.0
  let bottom = 380.0
  let mostBytes: Double
  /// Results at the lower and the upper end.
  let low: Double
  let high: Double

  init(_ front: SearchFront) {
    mostBytes = Double(max(front.points.map(\.arenaBytes).max() ?? 1, 1))
    let results = front.points.map(\.height)
    let (least, most) = (results.min() ?? 0, results.max() ?? 1)
    let margin = max((most - least) * 0.08, 1e-6)
    (low, high) = (least - margin, most + margin)
  }

  func x(_ point: SearchFront.Point) -> Double { left + (right - left) * Double(point.arenaBytes) / mostBytes }
  func y(_ point: SearchFront.Point) -> Double { bottom - (bottom - top) * (point.height - low) / (high - low) }

  func draw(_ svg: inout SVG) {
    svg.line(left, bottom, right, bottom, style: "axis")
    svg.line(left, top, left, bottom, style: "axis")
    for part in 0...4 {
      let share = Double(part) / 4
      svg.label(left + (right - left) * share, bottom + 18, grouped(Int(mostBytes * share)), style: "middle")
      let value = tenths(Int(((low + (high - low) * share) * 1000).rounded()))
      svg.label(left - 8, bottom - (bottom - top) * share + 4, value, style: "right")
    }
    svg.label((left + right) / 2, bottom + 38, "bytes of the arena", style: "middle")
    svg.label(left + 8, top + 4, "result, in per cent", style: "left")
  }
}

extension SearchFront.Point {
  /// What stands upwards: the result after training, else the score.
  fileprivate var height: Double { quality ?? value ?? 0 }
}
