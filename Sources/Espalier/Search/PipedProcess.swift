import Deploy
import Foundation
import Synchronization

/// A program that is given its input at once and read line by line.
final class PipedProcess {
  private let process: ChildProcess
  private let messages: TextDrain
  private var rest: [UInt8] = []

  /// - Throws: `TrialError` where the program cannot be started.
  init(_ path: String, _ arguments: [String], input: String? = nil) throws {
    do { process = try ChildProcess(path, arguments, input: try input.map(PipedProcess.file)) } catch {
      throw TrialError(status: 127, output: "error: \(path) cannot be started")
    }
    messages = TextDrain(process.errors)
  }

  /// A file, as writing to a program that has ended would end this one.
  private static func file(_ text: String) throws -> FileHandle {
    let folder = try TemporaryFolder()
    try folder.write("input", text)
    return try FileHandle(forReadingFrom: URL(filePath: folder.file("input")))
  }

  /// The next line of its output; nil at the end.
  func nextLine() -> Foundation.Data? {
    while true {
      if let end = rest.firstIndex(of: 10) {
        defer { rest.removeFirst(end + 1) }
        return Foundation.Data(rest[..<end])
      }
      let piece = process.output.availableData
      guard !piece.isEmpty else { return nil }
      rest += piece
    }
  }

  /// How it ended, and the lines of its messages.
  func ending() -> (status: Int32, messages: [String]) {
    (process.wait(), messages.text.split(separator: "\n").map(String.init))
  }

  /// Ends it where it has not ended by itself.
  func end() { process.end() }
}

/// Drains a pipe on a thread of its own, so that the process that writes to it never blocks.
private final class TextDrain: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  private let group = DispatchGroup()

  init(_ file: FileHandle) {
    DispatchQueue.global().async(group: group) { [self] in
      while case let piece = file.availableData, !piece.isEmpty { bytes.withLock { $0 += piece } }
    }
  }

  /// All of it; waits for the end.
  var text: String {
    group.wait()
    return String(decoding: bytes.withLock { $0 }, as: UTF8.self)
  }
}
