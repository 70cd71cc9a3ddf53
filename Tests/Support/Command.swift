import Foundation

/// What a process printed and how it ended.
public struct CommandResult: Sendable {
  public let status: Int32
  public let output: String
  public let errors: String
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

  /// Runs to the end; both outputs are read while it runs, so neither pipe can fill up.
  public func run(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    let errorFile = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    FileManager.default.createFile(atPath: errorFile.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errorFile) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: try String(contentsOf: errorFile, encoding: .utf8))
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
}
