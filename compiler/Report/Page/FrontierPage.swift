/// One page about the ways to compute a step: bytes against multiplications, as a picture and a table.
public struct FrontierPage {
  let title: String
  let frontier: Frontier

  public init(title: String, _ frontier: Frontier) {
    self.title = title
    self.frontier = frontier
  }

  public var text: String {
    page(
      title,
      """
      <p>Each point is a way to compute the same training step: fewer bytes, more multiplications. Points of the line have
      the same bits and are all in memory; those apart keep values as less, or let them wait in a file.</p>
      \(drawing)
      \(rows)
      """)
  }

  private var rows: String {
    pageTable(
      ["arena", "multiplications", "more", "how"],
      (frontier.points + frontier.beyond).enumerated().map { index, point in
        [
          grouped(point.arenaBytes), grouped(point.stepMacs), frontier.more(point),
          point.description + (index == frontier.knee ? " (knee)" : ""),
        ]
      })
  }

  private var drawing: String {
    let first = Double(max(frontier.points[0].stepMacs, 1))
    func more(_ point: Frontier.Point) -> Double { Double(point.stepMacs) / first - 1 }
    let all = frontier.points + frontier.beyond
    let most = max((all.map(more).max() ?? 0) * 1.1, 0.01)
    let axes = BytesAxes(
      mostBytes: all.map(\.arenaBytes).max() ?? 1, values: 0...most, title: "more multiplications"
    ) { tenths(Int(1000 * $0)) + " %" }
    var svg = SVG(width: 1060, height: 430)
    axes.draw(&svg)
    for (a, b) in zip(frontier.points, frontier.points.dropFirst()) {
      svg.line(axes.x(a.arenaBytes), axes.y(more(a)), axes.x(b.arenaBytes), axes.y(more(a)), style: "axis")
      svg.line(axes.x(b.arenaBytes), axes.y(more(a)), axes.x(b.arenaBytes), axes.y(more(b)), style: "axis")
    }
    for (index, point) in all.enumerated() {
      svg.rectangle(
        axes.x(point.arenaBytes) - 5, axes.y(more(point)) - 5, 10, 10,
        style: index == frontier.knee ? "gradient" : index < frontier.points.count ? "saved" : "scratch",
        hint: "\(grouped(point.arenaBytes)) bytes, \(frontier.more(point)) more: \(point.description)")
    }
    return svg.text
  }
}
