import Foundation
import Samples
import Select

/// A folder whose sub-folders hold one `board.json` each.
public struct TargetFolder: Hashable, Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// The folder that belongs to a program.
  ///
  /// - `<prefix>/share/espalier/targets` for an installed `<prefix>/bin/espalier`,
  /// - else the nearest `targets` with a `host/board.json` above the program: that of the source tree it was built in.
  public static func beside(executable: String) -> TargetFolder? {
    var folder = URL(filePath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
    let installed = folder.deletingLastPathComponent().appending(path: "share/espalier/targets").path
    if isTargetFolder(installed) { return TargetFolder(path: installed) }
    while folder.path != "/" {
      let candidate = folder.appending(path: "targets").path
      if isTargetFolder(candidate) { return TargetFolder(path: candidate) }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  private static func isTargetFolder(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/host/board.json")
  }

  /// Names of the targets, sorted.
  public var names: [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return entries.filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/board.json") }.sorted()
  }

  /// - Throws: `EspalierError.board`, `cannotRead`.
  public func target(_ name: String) throws(EspalierError) -> Target { try Target(path: "\(path)/\(name)") }
}

extension Target {
  /// Reads `board.json`, or the `board.json` of a folder.
  ///
  /// - Throws: `EspalierError.board`, `cannotRead`.
  public init(path: String) throws(EspalierError) {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let file = exists && isFolder.boolValue ? path + "/board.json" : path
    let bytes = try FileBytes.mapped(file) { .board(path: file, reason: "it is empty") }
      .withBytes { Foundation.Data($0) }
    do { self = try JSONDecoder().decode(Target.self, from: bytes) } catch {
      throw .board(path: file, reason: describe(error, of: [UInt8](bytes)))
    }
    if let key = repeatedKey(in: [UInt8](bytes)) { throw .board(path: file, reason: repetition(of: key)) }
    let numbers = [
      ("cap_bytes", capBytes), ("clock_mhz", clockMHz), ("storage_read_bytes_per_second", storageReadBytesPerSecond),
      ("storage_write_bytes_per_second", storageWriteBytesPerSecond),
    ]
    for case (let key, let value?) in numbers where value < 1 {
      throw .board(path: file, reason: "\(key) must be above 0, or null")
    }
  }

  /// Finds a target by name in a folder, or by the path of a `board.json` or of the folder that holds one.
  ///
  /// - Throws: `EspalierError.unknownTarget`, and what reading the file throws.
  public static func named(_ name: String, in folder: TargetFolder?) throws(EspalierError) -> Target {
    if name.contains("/") || name.hasSuffix(".json") { return try Target(path: name) }
    if let folder, folder.names.contains(name) { return try folder.target(name) }
    guard name == host.name else { throw .unknownTarget(name: name, known: folder?.names ?? [host.name]) }
    return .host
  }

  /// The folder with the files of a target that `named` finds; nil for the built-in one without files.
  static func folder(_ name: String, in folder: TargetFolder?) -> String? {
    guard name.contains("/") || name.hasSuffix(".json") else { return folder.map { "\($0.path)/\(name)" } }
    return name.hasSuffix(".json") ? URL(filePath: name).deletingLastPathComponent().path : name
  }
}
