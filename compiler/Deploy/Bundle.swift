import CPlatform
import Foundation

/// A folder that a board needs nothing beside: runner, image, data, what to do with them.
public struct RunnerBundle: Sendable {
  /// Contents by name; the runner is executable.
  public private(set) var files: [(name: String, bytes: [UInt8])] = []

  /// Names of the files in a bundle.
  public enum Name {
    public static let runner = "runner"
    public static let image = "model.plan"
    public static let data = "data.pack"
    public static let dispatch = "Dispatch.swift"
    public static let readme = "README.md"
    public static let sums = "SHA256SUMS"
  }

  public init() {}

  public mutating func add(_ name: String, _ bytes: [UInt8]) { files.append((name, bytes)) }

  /// Writes the folder, whole or not at all: under another name first, to the disk, then renamed.
  ///
  /// An older bundle of that name is replaced at once and then removed.
  ///
  /// - Parameter sums: the SHA-256 of some bytes, as hexadecimal digits.
  /// - Throws: `DeployError.notABundle`, `cannotWrite`.
  public func write(to path: String, sum: ([UInt8]) -> String) throws(DeployError) {
    let folder = Self.withoutSlashes(path)
    try Self.check(folder)
    let list = files.map { "\(sum($0.bytes))  \($0.name)\n" }.joined()
    let temporary = "\(folder).\(getpid()).tmp"
    guard mkdir(temporary, 0o755) == 0 else { throw .cannotWrite(path: folder, cause: errno) }
    var isWhole = false
    defer { if !isWhole { try? FileManager.default.removeItem(atPath: temporary) } }
    for (name, bytes) in files + [(Name.sums, Array(list.utf8))] {
      try writeSynced(bytes, to: "\(temporary)/\(name)", mode: name == Name.runner ? 0o755 : 0o644)
    }
    try sync(folder: temporary)
    try Self.put(temporary, in: folder)
    isWhole = true
    let parent = URL(filePath: folder).deletingLastPathComponent().path
    try sync(folder: parent.isEmpty ? "." : parent)
  }

  /// Refuses, before any work, a name under which there is something that must not be lost.
  ///
  /// - Throws: `DeployError.notABundle`, `cannotWrite`.
  public static func check(_ path: String) throws(DeployError) {
    // With a slash behind it a link is the folder that it leads to, and cannot be replaced by one.
    let path = withoutSlashes(path)
    var status = stat()
    guard lstat(path, &status) == 0 else {
      let parent = URL(filePath: path).deletingLastPathComponent().path
      guard access(parent, W_OK) == 0 else { throw .cannotWrite(path: path, cause: errno) }
      return
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .cannotWrite(path: path, cause: ENOTDIR) }
    let known: Set<String> = [Name.runner, Name.image, Name.data, Name.dispatch, Name.readme, Name.sums]
    let found = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if let other = found.sorted().first(where: { !known.contains($0) }) { throw .notABundle(path: path, found: other) }
    if let first = found.sorted().first, !found.contains(Name.sums) { throw .notABundle(path: path, found: first) }
  }

  private static func withoutSlashes(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func put(_ temporary: String, in folder: String) throws(DeployError) {
    if rename(temporary, folder) == 0 { return }
    // There is an older bundle: both change names in one step.
    var cause = errno
    if cause == ENOTEMPTY || cause == EEXIST { cause = cp_exchange(temporary, folder) }
    guard cause == 0 else { throw .cannotWrite(path: folder, cause: cause) }
    try? FileManager.default.removeItem(atPath: temporary)
  }
}

private func writeSynced(_ bytes: [UInt8], to path: String, mode: mode_t) throws(DeployError) {
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
  guard file >= 0 else { throw .cannotWrite(path: path, cause: errno) }
  var cause = bytes.withUnsafeBytes { cp_write(file, $0.baseAddress, $0.count) }
  if cause == 0 && fsync(file) != 0 { cause = errno }
  if close(file) != 0 && cause == 0 { cause = errno }
  guard cause == 0 else { throw .cannotWrite(path: path, cause: cause) }
}

private func sync(folder: String) throws(DeployError) {
  let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard handle >= 0 else { throw .cannotWrite(path: folder, cause: errno) }
  defer { close(handle) }
  guard fsync(handle) == 0 else { throw .cannotWrite(path: folder, cause: errno) }
}
