import Foundation

/// One line on the terminal that is drawn over and over; without a terminal it stays silent.
final class ProgressBar {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var drawn: ContinuousClock.Instant?

  init(_ common: CommonOptions) {
    isShown = StandardError.isTerminal && !common.quiet && !common.json
    start = clock.now
  }

  /// Shows that `done` of `total` are done, at most ten times a second; `facts` stand between bar and rate.
  ///
  /// - Parameter first: what had been done before this run, which took none of its time.
  func show(_ done: Int, of total: Int, first: Int = 0, unit: String, _ facts: @autoclosure () -> String = "") {
    guard isShown else { return }
    let now = clock.now
    if let drawn, now - drawn < .milliseconds(100), done < total { return }
    drawn = now
    let line = ProgressBar.line(
      done, of: total, first: first, unit: unit, facts: facts(), seconds: (now - start) / .seconds(1))
    StandardError.write("\r" + line + "\u{1b}[K")
  }

  /// Takes the line away.
  func clear() {
    if drawn != nil { StandardError.write("\r\u{1b}[K") }
  }

  static func line(
    _ done: Int, of total: Int, first: Int, unit: String, facts: String, seconds: Double
  ) -> String {
    let width = 24
    let filled = total > 0 ? min(width, width * done / total) : 0
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    var parts = ["\(bar) \(done)/\(total)"]
    if !facts.isEmpty { parts.append(facts) }
    let rate = Double(done - first) / max(seconds, 1e-9)
    if done > first && seconds > 0 {
      parts.append(String(format: rate < 100 ? "%.1f" : "%.0f", rate) + " \(unit)/s")
      parts.append(duration(Double(total - done) / rate) + " left")
    }
    return parts.joined(separator: "  ")
  }
}

/// `65` seconds as `1:05`.
func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded(.up))
  let (hours, minutes) = (whole / 3600, whole / 60 % 60)
  return hours > 0
    ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60) : String(format: "%d:%02d", minutes, whole % 60)
}

/// `0.8753` as `87.5 %`.
func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
