import CPlatform
import Foundation
import Samples

/// A text for a terminal: control characters in names, which it would obey, are written out as `\x1b`.
func printable(_ text: String) -> String {
  var text = text
  // Texts of our own have line breaks, too: only those of names that were given are meant.
  for word in CommandLine.arguments where word.unicodeScalars.contains("\n") {
    text = text.replacing(word, with: String(decoding: word.utf8.flatMap(writtenOutLineBreak), as: UTF8.self))
  }
  func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
  }
  guard text.unicodeScalars.contains(where: isControl) else { return text }
  return text.unicodeScalars.map { isControl($0) ? writtenOut(Array(String($0).utf8)) : String($0) }.joined()
}

private func writtenOutLineBreak(_ byte: UInt8) -> [UInt8] { byte == 10 ? Array("\\x0a".utf8) : [byte] }

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
