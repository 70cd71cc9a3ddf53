import CPlatform
import Foundation

/// Results of a command.
enum StandardOutput {
  static func write(_ text: String) throws(Failure) {
    let cause = writeAll(text, to: STDOUT_FILENO)
    guard cause == 0 else {
      throw Failure(
        .ioError, "cannot write to standard output: \(systemText(cause))", advice: "look at where it goes to")
    }
  }
}

/// Progress and messages; where they cannot be written there is nobody to tell.
enum StandardError {
  static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }

  /// Whether a person is watching.
  static var isTerminal: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }
}

/// 0, or the system's error number.
private func writeAll(_ text: String, to file: Int32) -> Int32 {
  var text = text
  return text.withUTF8 { cp_write(file, $0.baseAddress, $0.count) }
}

/// What the system calls an error number.
func systemText(_ cause: Int32) -> String { String(cString: strerror(cause)) }
