import Foundation
import Synchronization

/// Work whose length nobody knows beforehand: after two seconds, a line on the terminal says that it goes on.
final class ActivityLine: Sendable {
  private let isEnded = Mutex(false)

  /// - Parameter what: what is done, such as `compiles model.onnx`.
  static func show<Result>(_ what: String, _ common: CommonOptions, _ work: () throws -> Result) rethrows -> Result {
    guard StandardError.isTerminal && !common.quiet && !common.json else { return try work() }
    let line = ActivityLine()
    line.start(what)
    defer { line.end() }
    return try work()
  }

  private func start(_ what: String) {
    let clock = ContinuousClock()
    let start = clock.now
    Thread.detachNewThread { [self] in
      while true {
        // The cursor goes back to the start, so that a message takes the place of the line.
        Thread.sleep(forTimeInterval: 0.25)
        let seconds = (clock.now - start) / .seconds(1)
        let goesOn = isEnded.withLock { isEnded in
          if !isEnded && seconds > 2 { StandardError.write("\r\(what), \(duration(seconds)) so far\u{1b}[K\r") }
          return !isEnded
        }
        guard goesOn else { return }
      }
    }
  }

  /// Takes the line away; from then on nothing is drawn.
  private func end() {
    isEnded.withLock { isEnded in
      isEnded = true
      StandardError.write("\r\u{1b}[K")
    }
  }
}
