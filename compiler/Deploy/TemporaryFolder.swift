import Foundation

/// A folder for the files of one build, removed with this object.
final class TemporaryFolder {
  let path: String

  /// - Throws: `DeployError.cannotWrite`.
  init() throws(DeployError) {
    let url = FileManager.default.temporaryDirectory.appending(path: "espalier-\(UUID().uuidString)")
    path = url.path
    guard mkdir(path, 0o700) == 0 else { throw .cannotWrite(path: path, cause: errno) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// - Throws: `DeployError.cannotWrite`.
  func write(_ name: String, _ text: String) throws(DeployError) {
    guard FileManager.default.createFile(atPath: file(name), contents: Data(text.utf8)) else {
      throw .cannotWrite(path: file(name), cause: errno)
    }
  }
}
