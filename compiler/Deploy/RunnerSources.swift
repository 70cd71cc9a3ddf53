import Foundation

/// The sources that a runner is built from, as they lie in the project or beside an installed program.
public struct RunnerSources: Sendable {
  /// Folder with `Runtime`, `Board`, `CPlatform` and `CKernels` in it.
  public let path: String

  static let runtime = "Runtime"
  /// C modules: name and header.
  static let cModules = [(name: "CPlatform", header: "cplatform.h"), (name: "CKernels", header: "ckernels.h")]

  /// - Throws: `DeployError.noSources`.
  public init(path: String) throws(DeployError) {
    self.path = path
    for folder in [Self.runtime, "Board"] + Self.cModules.map(\.name) {
      guard FileManager.default.fileExists(atPath: "\(path)/\(folder)") else { throw .noSources(path: path) }
    }
  }

  /// Swift files of the runner without the one that a `DispatchSource` takes the place of.
  func swiftFiles() -> [String] {
    let replaced = "\(path)/\(Self.runtime)/\(DispatchSource.replaced)"
    return (files("\(path)/\(Self.runtime)", ".swift") + files("\(path)/Board", ".swift")).filter { $0 != replaced }
  }

  func cFiles() -> [String] { Self.cModules.flatMap { files("\(path)/\($0.name)", ".c") } }

  /// Makes the C modules visible to Swift.
  func moduleMap() -> String {
    Self.cModules.map { module in
      "module \(module.name) { header \"\(path)/\(module.name)/include/\(module.header)\" export * }\n"
    }.joined()
  }

  /// Options that let C files find the headers.
  var includes: [String] { Self.cModules.flatMap { ["-I", "\(path)/\($0.name)/include"] } }

  private func files(_ folder: String, _ suffix: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
  }
}
