/// What a page says of the time of each step, where that was measured.
extension PlanPage {
  /// A bar for each step; empty without times.
  var timeSection: String {
    guard let microseconds else { return "" }
    let nanoseconds = microseconds.map { Int(($0 * 1000).rounded()) }
    let axes = Axes(bottom: 220, steps: report.steps, bytes: nanoseconds.max() ?? 0)
    var svg = SVG(width: 1060, height: 260)
    for (step, time) in zip(report.stepTable, nanoseconds) {
      let (x, y) = (axes.x(step.index), axes.y(time))
      svg.rectangle(
        x, y, axes.x(step.index + 1) - x, axes.bottom - y, style: "time",
        hint: "step \(step.index + 1), \(step.operator) of \(step.name): \(timeText(step.index)) µs")
    }
    axes.draw(&svg)
    return "<h2>CPU time</h2>\n<p>Nanoseconds of each step, the least of several runs.</p>\n\(svg.text)"
  }

  var timeHead: [String] { microseconds == nil ? [] : ["CPU µs", "share", "MACs"] }

  /// Time, share of all and multiply-accumulates of a step.
  func timeCells(_ step: Int) -> [String] {
    guard let microseconds, microseconds.indices.contains(step) else { return [] }
    let all = microseconds.reduce(0, +)
    let thousandths = all > 0 ? Int((1000 * microseconds[step] / all).rounded()) : 0
    let macs = report.stepTable[step].macs
    return [timeText(step), tenths(thousandths) + " %", macs == 0 ? "" : grouped(macs)]
  }

  private func timeText(_ step: Int) -> String {
    microseconds.map { tenths(Int((10 * $0[step]).rounded())) } ?? ""
  }
}
