import Foundation
import Support

/// What a program did to its files, as `Tests/Faults/files.c` writes it down.
struct FileLog {
  enum Call {
    case open(file: Int32, path: String)
    case write(file: Int32, bytes: [UInt8])
    case sync(file: Int32)
    case rename(from: String, to: String)
    case unlink(path: String)
  }

  let calls: [Call]

  init(_ bytes: [UInt8]) throws {
    var calls: [Call] = []
    var rest = bytes[...]
    while rest.count >= 12 {
      let head = (0..<3).map { word in
        (0..<4).reduce(Int32(0)) { $0 | Int32(rest[rest.startIndex + word * 4 + $1]) << ($1 * 8) }
      }
      let contents = rest.dropFirst(12).prefix(Int(head[2]))
      rest = rest.dropFirst(12 + Int(head[2]))
      calls.append(try FileLog.call(head[0], file: head[1], [UInt8](contents)))
    }
    self.calls = calls
  }

  private static func call(_ code: Int32, file: Int32, _ contents: [UInt8]) throws -> Call {
    let paths = contents.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return switch code {
    case 1: .open(file: file, path: paths[0])
    case 2: .write(file: file, bytes: contents)
    case 3: .sync(file: file)
    case 4: .rename(from: paths[0], to: paths[1])
    case 5: .unlink(path: paths[0])
    default: throw FileLogError(code: code)
    }
  }
}

struct FileLogError: Error { let code: Int32 }

/// The library that writes file logs and lets calls fail.
struct FileFaults: Sendable {
  /// One for all tests.
  static let shared = Result { try FileFaults() }

  private let library: String
  private let folder: Folder

  private struct Folder: @unchecked Sendable { let scratch: ScratchFolder }

  /// Calls that can fail, as the library counts them.
  enum Failing: Int, CaseIterable {
    case open = 1
    case write, sync, rename
    case pageWrite = 6
    case pageRead, reserve
  }

  private init() throws {
    let scratch = try ScratchFolder()
    library = scratch.file("files.so")
    folder = Folder(scratch: scratch)
    let source = URL(filePath: #filePath).deletingLastPathComponent().path + "/../../Faults/files.c"
    let built = try Command(path: "/usr/bin/env").run(
      ["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", library])
    guard built.status == 0 else { throw BoardPlansError(text: built.errors) }
  }

  func logging(to path: String) -> [String: String] { ["LD_PRELOAD": library, "FILES_LOG": path] }

  func failing(_ call: Failing, from number: Int, with cause: Int32) -> [String: String] {
    ["LD_PRELOAD": library, "FILES_FAULT": "\(call.rawValue):\(number):\(cause)"]
  }
}
