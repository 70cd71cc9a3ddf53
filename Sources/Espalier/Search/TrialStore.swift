import Driver
import Foundation
import Runtime
import Samples

/// Finished trials, a file each, under the digest of all that decides what they come to.
public struct TrialStore: Sendable {
  public let folder: String
  private let subject: [UInt8]

  /// - Parameter folder: is made for the first result.
  public init(folder: String, _ model: Model, _ data: Samples, _ judge: Samples?, _ options: CompileOptions) {
    self.folder = folder
    var options = options
    // What a trial sets itself, or what changes nothing but bytes and time.
    let plain = CompileOptions()
    (options.policy, options.steps, options.seed) = (plain.policy, plain.steps, plain.seed)
    (options.cap, options.targetCap, options.target, options.machine) = (.none, nil, plain.target, plain.machine)
    (options.patches, options.samples) = (plain.patches, plain.samples)
    (options.recompute, options.paging) = (plain.recompute, plain.paging)
    let parts = ["trial 1", hexadecimal(model.file.digest), data.digest, judge?.digest ?? "", "\(options)"]
    subject = Array(parts.joined(separator: "\n").utf8)
  }

  /// Refuses, before any work, a folder that no trial could be kept in.
  ///
  /// - Throws: `DataFileError`.
  public func check() throws(DataFileError) {
    var status = stat()
    if stat(folder, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .cannotWrite(path: folder, cause: ENOTDIR) }
      guard access(folder, W_OK) == 0 else { throw .cannotWrite(path: folder, cause: errno) }
      return
    }
    // The folders above it are made, too: the nearest that is there decides.
    var above = folder
    while stat(above, &status) != 0 {
      guard errno == ENOENT else { throw .cannotWrite(path: folder, cause: errno) }
      while above.hasSuffix("/") { above.removeLast() }
      above = above.lastIndex(of: "/").map { String(above[...$0]) } ?? "."
    }
    guard access(above, W_OK) == 0 else { throw .cannotWrite(path: folder, cause: errno) }
  }

  /// What a trial came to, if it has been run.
  public func result(of trial: Trial) -> TrialResult? {
    guard let bytes = FileManager.default.contents(atPath: path(trial)) else { return nil }
    return try? JSONDecoder().decode(TrialResult.self, from: bytes)
  }

  /// Keeps what a trial came to, whole or not at all.
  ///
  /// - Throws: `DataFileError`.
  public func keep(_ result: TrialResult, of trial: Trial) throws {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      try check()
      throw DataFileError.cannotWrite(path: folder, cause: EIO)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try writeFile([UInt8](encoder.encode(result)), to: path(trial))
  }

  private func path(_ trial: Trial) -> String {
    let text = subject + trial.policy.json() + Array("\n\(trial.steps) \(trial.seed)".utf8)
    let digest = text.withUnsafeBytes { Digest(of: Bytes($0)) }
    return folder + "/" + digest.hexadecimal.prefix(32) + ".json"
  }
}

extension Samples {
  fileprivate var digest: String { bytes().withUnsafeBytes { Digest(of: Bytes($0)).hexadecimal } }
}
