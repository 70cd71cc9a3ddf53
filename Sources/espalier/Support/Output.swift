import ArgumentParser
import CPlatform
import Foundation
import Samples

/// Where a verb writes its file; `-` is standard output.
struct Output {
  let path: String
  /// Whether it may be one of the files that are read, as an image is that gets more of its own.
  private let replacesInput: Bool

  var isStandardOutput: Bool { path == "-" }

  /// Refuses, before any work, what could not be written at the end.
  ///
  /// - Parameters:
  ///   - common: with `-` the file takes standard output, so that nothing else may.
  ///   - inputs: what the verb reads, which must still be there afterwards: files, or folders with all that is in them.
  init(_ path: String, _ common: CommonOptions, from inputs: String?...) throws(Failure) {
    try self.init(path, common, from: inputs)
  }

  /// - Parameter replacesInput: whether the file may be one that is read.
  init(_ path: String, _ common: CommonOptions, from inputs: [String?], replacesInput: Bool = false) throws(Failure) {
    self.path = path
    self.replacesInput = replacesInput
    if isStandardOutput {
      guard !common.json else {
        throw Failure(
          .usage, "--json and -o - both want standard output", advice: "leave out --json, or give -o a file")
      }
      return
    }
    try Output.refuse(path, over: inputs)
    try refuseOpened()
    guard let cause = Output.obstacle(path) else { return }
    throw DataFileError.cannotWrite(path: path, cause: cause).failure
  }

  /// Refuses an output that is an input, also where links lead to it.
  static func refuse(_ path: String, over inputs: [String?]) throws(Failure) {
    for case let input? in inputs where input != "-" {
      let isInside = isFolder(input) && isInFolder(path, input)
      guard isInside || (!isFolder(input) && !isDevice(path) && cp_is_same_file(path, input) != 0) else { continue }
      let reason =
        isInside
        ? "is in \(input), all of which is read"
        : path == input ? "is read, too" : "is the same file as \(input), which is read"
      throw Failure(.usage, "\(path) cannot be written: it \(reason)", advice: "name another file to write")
    }
  }

  /// Refuses a file that was read, whoever named it: a schedule its policies, a model its external data.
  private func refuseOpened() throws(Failure) {
    guard !replacesInput, let input = OpenedFiles.path(of: path) else { return }
    try Output.refuse(path, over: [input])
  }

  /// Refuses that another output of the same command is the same file, also where it is not there yet.
  func expectDifferent(from other: Output, _ options: String) throws(Failure) {
    let (one, two) = (PathParts(path), PathParts(other.path))
    let isSame =
      isStandardOutput || other.isStandardOutput
      ? path == other.path
      : cp_is_same_file(path, other.path) != 0
        || one.name == two.name && cp_is_same_file(one.folder, two.folder) != 0
    guard isSame else { return }
    throw Failure(.usage, "\(options) both write \(path)", advice: "name two files")
  }

  /// Whether it keeps nothing, as /dev/null does.
  private static func isDevice(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a file that is there stands anywhere in a folder.
  private static func isInFolder(_ path: String, _ folder: String) -> Bool {
    guard let file = realpath(path, nil), let whole = realpath(folder, nil) else { return false }
    defer {
      free(file)
      free(whole)
    }
    return String(cString: file).hasPrefix(String(cString: whole) + "/")
  }

  /// Why there can be no file of that name; the system's error number.
  private static func obstacle(_ path: String) -> Int32? {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      if status.st_mode & S_IFMT == S_IFDIR { return EISDIR }
      return access(path, W_OK) == 0 ? nil : errno
    }
    return access(PathParts(path).folder, W_OK) == 0 ? nil : errno
  }

  /// Writes the whole file, or leaves what was there; Ctrl-C has to wait so long.
  func write(_ bytes: [UInt8]) throws {
    Interrupt.watch()
    if !isStandardOutput { try refuseOpened() }
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
