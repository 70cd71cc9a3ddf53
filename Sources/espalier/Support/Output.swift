import ArgumentParser
import Data
import Foundation

/// Where a verb writes its file; `-` is standard output.
struct Output {
  let path: String

  var isStandardOutput: Bool { path == "-" }

  /// Refuses, before any work, what could not be written at the end.
  ///
  /// - Parameter common: with `-` the file takes standard output, so that nothing else may.
  init(_ path: String, _ common: CommonOptions) throws(Failure) {
    self.path = path
    if isStandardOutput {
      guard !common.json else {
        throw Failure(
          .usage, "--json and -o - both want standard output", advice: "leave out --json, or give -o a file")
      }
      return
    }
    guard let cause = Output.obstacle(path) else { return }
    throw DataFileError.cannotWrite(path: path, cause: cause).failure
  }

  /// Why there can be no file of that name; the system's error number.
  private static func obstacle(_ path: String) -> Int32? {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      if status.st_mode & S_IFMT == S_IFDIR { return EISDIR }
      return access(path, W_OK) == 0 ? nil : errno
    }
    let folder = (path as NSString).deletingLastPathComponent
    return access(folder.isEmpty ? "." : folder, W_OK) == 0 ? nil : errno
  }

  /// Writes the whole file, or leaves what was there; Ctrl-C has to wait so long.
  func write(_ bytes: [UInt8]) throws {
    Interrupt.watch()
    try writeFile(bytes, to: path)
    if Interrupt.isRequested && !isStandardOutput {
      throw Failure(.interrupted, "interrupted; \(path) is complete")
    }
  }

  /// Prints what is said about the result: on standard error where the file takes standard output.
  func report(_ object: some Encodable, _ text: String, _ common: CommonOptions) throws {
    if isStandardOutput {
      common.note(text.trimmingCharacters(in: .newlines))
    } else {
      try common.report(object, text)
    }
  }
}
