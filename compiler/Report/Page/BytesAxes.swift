/// The frame of a picture: bytes of the arena across, something else upwards.
struct BytesAxes {
  let left = 90.0
  let right = 1000.0
  let top = 20.0
  let bottom = 380.0
  /// Bytes at the right end.
  let mostBytes: Double
  /// Values at the lower and the upper end.
  let values: ClosedRange<Double>
  /// What stands upwards.
  let title: String
  let label: (Double) -> String

  init(mostBytes: Int, values: ClosedRange<Double>, title: String, label: @escaping (Double) -> String) {
    self.mostBytes = Double(max(mostBytes, 1))
    self.values = values
    self.title = title
    self.label = label
  }

  func x(_ bytes: Int) -> Double { left + (right - left) * Double(bytes) / mostBytes }

  func y(_ value: Double) -> Double {
    bottom - (bottom - top) * (value - values.lowerBound) / (values.upperBound - values.lowerBound)
  }

  func draw(_ svg: inout SVG) {
    svg.line(left, bottom, right, bottom, style: "axis")
    svg.line(left, top, left, bottom, style: "axis")
    for part in 0...4 {
      let share = Double(part) / 4
      svg.label(left + (right - left) * share, bottom + 18, grouped(Int(mostBytes * share)), style: "middle")
      let value = values.lowerBound + (values.upperBound - values.lowerBound) * share
      svg.label(left - 8, bottom - (bottom - top) * share + 4, label(value), style: "right")
    }
    svg.label((left + right) / 2, bottom + 38, "bytes of the arena", style: "middle")
    svg.label(left + 8, top + 4, title, style: "left")
  }
}
