import Foundation
import Samples
import Select

/// Flags of a target's compilers and linker, in SwiftPM's form of a toolset (schema version 1.0).
public struct Toolset: Equatable, Sendable {
  public var swift: [String]
  public var c: [String]
  public var linker: [String]

  private struct File: Decodable {
    struct Tool: Decodable { var extraCLIOptions: [String]? }
    var schemaVersion: String
    var swiftCompiler: Tool?
    var cCompiler: Tool?
    var linker: Tool?
  }

  /// - Throws: `DeployError.noToolset`, `toolset`.
  public init(path: String) throws(DeployError) {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw .noToolset(path: path) }
    OpenedFiles.note(path)
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: bytes) } catch {
      throw .toolset(path: path, reason: "it is not in the form of a toolset")
    }
    if let key = repeatedKey(in: [UInt8](bytes)) { throw .toolset(path: path, reason: repetition(of: key)) }
    guard file.schemaVersion == "1.0" else {
      throw .toolset(path: path, reason: "its schemaVersion is \(file.schemaVersion), not 1.0")
    }
    swift = file.swiftCompiler?.extraCLIOptions ?? []
    c = file.cCompiler?.extraCLIOptions ?? []
    linker = file.linker?.extraCLIOptions ?? []
  }
}
