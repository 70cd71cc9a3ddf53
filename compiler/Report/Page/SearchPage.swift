/// One page about the policies that a search tried: bytes against results, as a picture and a table.
public struct SearchPage {
  let title: String
  let front: SearchFront

  public init(title: String, _ front: SearchFront) {
    self.title = title
    self.front = front
  }

  public var text: String {
    page(
      title,
      """
      <p>Each point is a policy: bytes of its arena, its result after training, and as area the multiplications of a step.
      Orange points are the front: nothing is better in one of the three and as good in the others.</p>
      \(drawing)
      \(pageTable([""] + SearchFront.Point.heads, front.points.map { ["#\($0.number)"] + $0.cells }))
      """)
  }

  private var drawing: String {
    let results = front.points.map(\.height)
    let (low, high) = (results.min() ?? 0, results.max() ?? 1)
    let margin = max((high - low) * 0.08, 1e-6)
    let axes = BytesAxes(
      mostBytes: front.points.map(\.arenaBytes).max() ?? 1, values: (low - margin)...(high + margin),
      title: "result, in per cent"
    ) { tenths(Int(($0 * 1000).rounded())) }
    var svg = SVG(width: 1060, height: 430)
    axes.draw(&svg)
    let most = Double(max(front.points.map(\.stepMacs).max() ?? 1, 1))
    for point in front.points.reversed() {
      let side = 4 + 18 * (Double(point.stepMacs) / most).squareRoot()
      svg.rectangle(
        axes.x(point.arenaBytes) - side / 2, axes.y(point.height) - side / 2, side, side,
        style: point.onFront ? "gradient" : "saved",
        hint: "#\(point.number) \(point.source): \(grouped(point.arenaBytes)) bytes, \(point.result)")
      svg.label(axes.x(point.arenaBytes) + side / 2 + 3, axes.y(point.height) + 4, "#\(point.number)", style: "left")
    }
    return svg.text
  }
}

extension SearchFront.Point {
  /// What stands upwards: the result after training, else the score.
  fileprivate var height: Double { quality ?? value ?? 0 }
}
