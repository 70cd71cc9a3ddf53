import Espalier
import Foundation
import Support

/// Boards whose runners can be built and run on this computer.
enum Boards {
  /// The test command installs what they need and names them; without it, only this computer is one.
  static let names =
    (ProcessInfo.processInfo.environment["ESPALIER_BOARDS"] ?? "host").split(separator: " ").map(String.init)

  static let emulated = names.filter { $0 != "host" }

  static func place(_ name: String) throws -> BuildPlace {
    try BuildPlace(name, in: TargetFolder.beside(executable: Command.espalier.path))
  }
}

/// A runner on this computer, in the board's emulator where it needs one.
struct BoardRunner {
  let path: String
  let emulator: [String]

  init(_ path: String, of target: Target) {
    self.path = path
    emulator = target.emulator ?? []
  }

  /// - Parameter input: what standard input is, where it is not empty.
  func run(
    _ arguments: [String], in folder: String, input: String? = nil, started: (Process) throws -> Void = { _ in }
  ) throws -> CommandResult {
    let words = emulator + [path] + arguments
    // A shell finds the emulator, and connects a file where there is one.
    let script = "exec \"$@\"" + (input.map { " < '\($0)'" } ?? "")
    return try Command(path: "/bin/sh").run(["-c", script, "sh"] + words, in: folder, started: started)
  }
}
