import Foundation

/// Results of a command.
enum StandardOutput {
  static func write(_ text: String) throws(Failure) {
    guard writeAll(text, to: STDOUT_FILENO) else {
      throw Failure(
        .ioError, "cannot write to standard output: \(systemText(errno))", advice: "look at where it goes to")
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

/// False with `errno` set where the system refuses.
private func writeAll(_ text: String, to file: Int32) -> Bool {
  var text = text
  return text.withUTF8 { bytes in
    var position = 0
    while position < bytes.count, let base = bytes.baseAddress {
      let count = write(file, base + position, bytes.count - position)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      position += count
    }
    return true
  }
}

/// What the system calls an error number.
func systemText(_ cause: Int32) -> String { String(cString: strerror(cause)) }
