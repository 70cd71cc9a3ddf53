extension PlanPage {
  /// Steps across and bytes upwards, with room for labels at the left and below.
  struct Axes {
    let left = 90.0
    let right = 1050.0
    let top = 12.0
    let bottom: Double
    let steps: Int
    /// What stands at the top; another unit will do as well.
    let bytes: Int

    func x(_ step: Int) -> Double { left + (right - left) * Double(step) / Double(max(steps, 1)) }
    func y(_ byte: Int) -> Double { bottom - (bottom - top) * Double(byte) / Double(max(bytes, 1)) }

    func draw(_ svg: inout SVG) {
      svg.line(left, bottom, right, bottom, style: "axis")
      svg.line(left, top, left, bottom, style: "axis")
      for part in 0...4 {
        let byte = bytes * part / 4
        svg.label(left - 8, y(byte) + 4, grouped(byte), style: "right")
      }
      for part in 0...4 {
        let step = (steps - 1) * part / 4
        svg.label((x(step) + x(step + 1)) / 2, bottom + 18, "\(step + 1)", style: "middle")
      }
      svg.label((left + right) / 2, bottom + 36, "step", style: "middle")
    }
  }

  var arenaDrawing: String {
    let axes = Axes(bottom: 440, steps: report.steps, bytes: report.arenaBytes)
    var svg = SVG(width: 1060, height: 480)
    for one in map.rectangles {
      let (x, y) = (axes.x(one.first), axes.y(one.offset + one.bytes))
      svg.rectangle(
        x, y, axes.x(one.last + 1) - x, axes.y(one.offset) - y, style: one.kind.rawValue,
        hint: "\(one.name): \(counted(one.bytes, "byte")) at \(grouped(one.offset)), "
          + (one.first == one.last ? "step \(one.first + 1)" : "steps \(one.first + 1) to \(one.last + 1)"))
    }
    axes.draw(&svg)
    return svg.text
  }

  var liveDrawing: String {
    let live = report.stepTable.map(\.bytesLive)
    let most = max(report.arenaBytes, report.capBytes ?? 0)
    let axes = Axes(bottom: 220, steps: report.steps, bytes: most)
    var svg = SVG(width: 1060, height: 260)
    var points = [(x: axes.x(0), y: axes.y(0))]
    for (step, bytes) in live.enumerated() {
      points += [(axes.x(step), axes.y(bytes)), (axes.x(step + 1), axes.y(bytes))]
    }
    svg.area(points + [(axes.x(live.count), axes.y(0))], style: "live")
    svg.line(axes.x(report.peakStep), axes.top, axes.x(report.peakStep), axes.bottom, style: "peak")
    let isLeft = 2 * report.peakStep < report.steps
    svg.label(
      axes.x(report.peakStep) + (isLeft ? 5 : -5), axes.bottom - 8, "peak: step \(report.peakStep + 1)",
      style: isLeft ? "left" : "right")
    if let cap = report.capBytes {
      svg.line(axes.left, axes.y(cap), axes.right, axes.y(cap), style: "cap")
      svg.label(axes.right, axes.y(cap) + 14, "cap \(grouped(cap))", style: "right")
    }
    axes.draw(&svg)
    return svg.text
  }
}
