import Foundation

/// A compiler or linker on this computer.
struct Tool {
  let name: String
  private let path: String

  /// Finds a program beside the Swift compiler that `PATH` names, or in `PATH` itself.
  ///
  /// - Throws: `DeployError.noTool`.
  init(_ name: String, path list: String) throws(DeployError) {
    let folders = list.split(separator: ":").map(String.init)
    let compilers = folders.map { $0 + "/swiftc" }.filter(FileManager.default.isExecutableFile)
    let beside = compilers.prefix(1).map {
      URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().path
    }
    let candidates = (compilers.isEmpty ? [] : beside + folders).map { "\($0)/\(name)" }
    guard let path = candidates.first(where: FileManager.default.isExecutableFile) else { throw .noTool(name: name) }
    self.name = name
    self.path = path
  }

  /// Runs to the end and gives what it printed; its own temporary files go into the folder.
  ///
  /// - Throws: `DeployError.tool`.
  @discardableResult
  func run(_ arguments: [String], in folder: TemporaryFolder) throws(DeployError) -> String {
    let process: ChildProcess
    do { process = try ChildProcess(path, arguments, temporary: folder.path, isJoined: true) } catch {
      throw .noTool(name: name)
    }
    let output = String(decoding: process.output.readDataToEndOfFile(), as: UTF8.self)
    let status = process.wait()
    guard status == 0 else { throw .tool(name: name, status: status, output: output) }
    return output
  }
}
