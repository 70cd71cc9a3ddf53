/// A drawing that grows element by element; all numbers are pixels.
struct SVG {
  let width: Int
  let height: Int
  private var body = ""

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  var text: String {
    "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n\(body)</svg>\n"
  }

  /// - Parameter hint: what is shown while the pointer rests on it.
  mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, style: String, hint: String) {
    body += "<rect class=\"\(style)\" x=\"\(short(x))\" y=\"\(short(y))\" width=\"\(short(width))\" "
    body += "height=\"\(short(height))\"><title>\(escaped(hint))</title></rect>\n"
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) {
    body +=
      "<line class=\"\(style)\" x1=\"\(short(x1))\" y1=\"\(short(y1))\" x2=\"\(short(x2))\" y2=\"\(short(y2))\"/>\n"
  }

  mutating func label(_ x: Double, _ y: Double, _ text: String, style: String) {
    body += "<text class=\"\(style)\" x=\"\(short(x))\" y=\"\(short(y))\">\(escaped(text))</text>\n"
  }

  mutating func area(_ points: [(x: Double, y: Double)], style: String) {
    let path = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
    body += "<polygon class=\"\(style)\" points=\"\(path)\"/>\n"
  }

  /// Two digits behind the point are finer than a screen.
  private func short(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return hundredths % 100 == 0 ? "\(hundredths / 100)" : "\(Double(hundredths) / 100)"
  }
}

/// Text as XML takes it; what XML cannot say becomes a question mark.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\u{0}"..."\u{8}", "\u{b}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": result += "?"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
