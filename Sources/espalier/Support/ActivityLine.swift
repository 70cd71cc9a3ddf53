import Foundation
import Synchronization

/// Work whose length nobody knows beforehand: before two seconds are over, a line on the terminal says that it
/// goes on, and what is known.
final class ActivityLine: Sendable {
  private let state = Mutex((isEnded: false, facts: ""))

  /// - Parameter what: what is done, such as `compiles model.onnx`.
  static func show<Result>(
    _ what: String, _ common: CommonOptions, _ work: (ActivityLine) throws -> Result
  ) rethrows -> Result {
    let line = ActivityLine()
    guard StandardError.isTerminal && !common.quiet && !common.json else { return try work(line) }
    line.start(what)
    defer { line.end() }
    return try work(line)
  }

  /// Puts what is known by now behind the time.
  func tell(_ facts: String) { state.withLock { $0.facts = ", " + facts } }

  private func start(_ what: String) {
    let clock = ContinuousClock()
    let start = clock.now
    Thread.detachNewThread { [self] in
      while true {
        // The cursor goes back to the start, so that a message takes the place of the line.
        Thread.sleep(forTimeInterval: 0.25)
        let seconds = (clock.now - start) / .seconds(1)
        let goesOn = state.withLock { state in
          if !state.isEnded && seconds > 1.5 {
            StandardError.write("\r\(what), \(duration(seconds)) so far\(state.facts)\u{1b}[K\r")
          }
          return !state.isEnded
        }
        guard goesOn else { return }
      }
    }
  }

  /// Takes the line away; from then on nothing is drawn.
  private func end() {
    state.withLock { state in
      state.isEnded = true
      StandardError.write("\r\u{1b}[K")
    }
  }
}
