import Foundation

/// What a process printed and how it ended.
public struct CommandResult: Sendable {
  public let status: Int32
  public let output: String
  public let errors: String

  /// The JSON object that it printed; empty for anything else.
  public var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
  }
}

/// A program on this machine that tests run.
public struct Command: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// The command line tool that was built beside this test bundle.
  public static var espalier: Command {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    return Command(path: bundle.appendingPathComponent("espalier").path)
  }

  /// Python with the oracles' libraries; nil where the test command has not prepared it.
  public static var python: Command? {
    ProcessInfo.processInfo.environment["ESPALIER_PYTHON"].map { Command(path: $0) }
  }

  /// Runs to the end; both outputs go to files, which never fill up and are not lost to an interrupted read.
  ///
  /// - Parameters:
  ///   - folder: where it runs.
  ///   - started: called with the process once it runs.
  public func run(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    started: (Process) throws -> Void = { _ in }
  ) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let results = try ScratchFolder()
    for name in ["output", "errors"] { try results.write(name, []) }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: results.file("output")))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: results.file("errors")))
    try process.run()
    try started(process)
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, output: String(decoding: try results.read("output"), as: UTF8.self),
      errors: String(decoding: try results.read("errors"), as: UTF8.self))
  }
}

/// A folder of one test, removed with it.
public final class ScratchFolder {
  public let path: String

  public init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("espalier-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func file(_ name: String) -> String { path + "/" + name }

  public func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  public func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  /// Names of everything in the folder, also of what a command should have taken away.
  public var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  /// Runs the command line tool in this folder.
  @discardableResult
  public func espalier(_ arguments: String...) throws -> CommandResult {
    try Command.espalier.run(arguments, in: path)
  }
}
