import Foundation

/// A folder for the files of one piece of work, removed with this object.
public final class TemporaryFolder: Sendable {
  let path: String

  /// - Throws: `DeployError.cannotWrite`.
  public init() throws(DeployError) {
    let url = FileManager.default.temporaryDirectory.appending(path: "espalier-\(UUID().uuidString)")
    path = url.path
    guard mkdir(path, 0o700) == 0 else { throw .cannotWrite(path: path, cause: errno) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// - Throws: `DeployError.cannotWrite`.
  public func write(_ name: String, _ text: String) throws(DeployError) {
    guard FileManager.default.createFile(atPath: file(name), contents: Data(text.utf8)) else {
      throw .cannotWrite(path: file(name), cause: errno)
    }
  }
}
