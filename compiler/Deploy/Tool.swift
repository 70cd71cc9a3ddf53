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

  /// Runs to the end and gives what it printed.
  ///
  /// - Throws: `DeployError.tool`.
  @discardableResult
  func run(_ arguments: [String]) throws(DeployError) -> String {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    do { try process.run() } catch { throw .noTool(name: name) }
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw .tool(name: name, status: process.terminationStatus, output: output)
    }
    return output
  }
}
