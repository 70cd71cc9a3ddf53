import IR
import Support

/// A disk that keeps only what was synced: contents by a sync of the file, names by a sync of the folder.
///
/// POSIX promises no more. Names change in their order, as journals do it.
struct Disk {
  private struct File {
    var synced: [UInt8] = []
    var written: [UInt8] = []
  }
  private enum Change {
    case create(String, file: Int)
    case rename(String, to: String)
    case unlink(String)
  }

  private var files: [File] = []
  private var synced: [String: Int] = [:]
  private var changes: [Change] = []
  private var names: [String: Int] = [:]
  /// Files by descriptor; nil for folders.
  private var opened: [Int32: Int?] = [:]

  mutating func run(_ call: FileLog.Call, isFolder: (String) -> Bool) {
    switch call {
    case .open(let file, let path):
      if isFolder(path) {
        opened[file] = .some(nil)
      } else {
        opened[file] = open(path)
      }
    case .write(let file, let bytes): if case .some(.some(let index)) = opened[file] { files[index].written += bytes }
    case .sync(let file):
      guard case .some(.some(let index)) = opened[file] else {
        synced = names
        changes = []
        return
      }
      files[index].synced = files[index].written
    case .rename(let from, let to): change(.rename(from, to: to))
    case .unlink(let path): change(.unlink(path))
    }
  }

  // Programs here open for writing only what they make anew.
  private mutating func open(_ path: String) -> Int {
    files.append(File())
    change(.create(path, file: files.count - 1))
    return files.count - 1
  }

  private mutating func change(_ change: Change) {
    changes.append(change)
    Disk.apply(change, to: &names)
  }

  private static func apply(_ change: Change, to names: inout [String: Int]) {
    switch change {
    case .create(let path, let file): names[path] = file
    case .rename(let from, let to):
      names[to] = names[from]
      names[from] = nil
    case .unlink(let path): names[path] = nil
    }
  }

  /// Files after the power failed: some first changes of names, and a piece of what was not synced.
  func afterCut(_ generator: inout SeededGenerator) -> [String: [UInt8]] {
    var left = synced
    for change in changes.prefix(Int.random(in: 0...changes.count, using: &generator)) {
      Disk.apply(change, to: &left)
    }
    return left.mapValues { index in
      let file = files[index]
      let rest = file.written.dropFirst(file.synced.count)
      return file.synced + rest.prefix(Int.random(in: 0...rest.count, using: &generator))
    }
  }
}
