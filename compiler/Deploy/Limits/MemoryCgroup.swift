import Foundation

/// A control group of its own with a limit of memory, version 1 or 2; removed with this object.
///
/// See `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/memory.rst` of the Linux kernel.
public final class MemoryCgroup {
  /// What a version calls its files.
  private struct Files: Sendable {
    let limit: String
    let swap: String
    /// Of swap and memory together, or of swap alone.
    let swapIncludesMemory: Bool
    let peak: String
    let events: String
  }

  private static let first = Files(
    limit: "memory.limit_in_bytes", swap: "memory.memsw.limit_in_bytes", swapIncludesMemory: true,
    peak: "memory.max_usage_in_bytes", events: "memory.oom_control")
  private static let second = Files(
    limit: "memory.max", swap: "memory.swap.max", swapIncludesMemory: false, peak: "memory.peak",
    events: "memory.events")

  private let path: String
  private let files: Files

  /// File that a process writes itself into.
  public var members: String { path + "/cgroup.procs" }

  /// Makes a group below that of this process, or the nearest one above it that allows it; nil where none does.
  ///
  /// - Parameter limit: bytes; swap counts as memory.
  public init?(limit: Int) {
    for (parent, files) in MemoryCgroup.parents() {
      let path = parent + "/espalier-\(ProcessInfo.processInfo.processIdentifier)"
      guard mkdir(path, 0o755) == 0 else { continue }
      if MemoryCgroup.set(path + "/" + files.limit, limit) {
        // Where swap is not accounted for, there is no such file.
        _ = MemoryCgroup.set(path + "/" + files.swap, files.swapIncludesMemory ? limit : 0)
        self.path = path
        self.files = files
        return
      }
      rmdir(path)
    }
    return nil
  }

  deinit { rmdir(path) }

  /// The most bytes that were charged at a time; nil where the kernel does not keep count.
  public var peakBytes: Int? { MemoryCgroup.text(path + "/" + files.peak).flatMap { Int($0) } }

  /// Processes that the kernel ended because of the limit.
  public var kills: Int {
    let lines = MemoryCgroup.text(path + "/" + files.events)?.split(separator: "\n") ?? []
    return lines.compactMap { $0.hasPrefix("oom_kill ") ? Int($0.dropFirst(9)) : nil }.first ?? 0
  }

  /// Groups to try: this process's own, then those above it.
  private static func parents() -> [(path: String, files: Files)] {
    var result: [(String, Files)] = []
    for line in text("/proc/self/cgroup")?.split(separator: "\n") ?? [] {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isFirst = fields[1].split(separator: ",").contains("memory")
      guard isFirst || fields[1].isEmpty, let root = mount(isFirst: isFirst) else { continue }
      var steps = fields[2].split(separator: "/")
      while true {
        result.append((([Substring(root)] + steps).joined(separator: "/"), isFirst ? first : second))
        if steps.popLast() == nil { break }
      }
    }
    return result
  }

  /// Where the file system of groups is mounted.
  private static func mount(isFirst: Bool) -> String? {
    for line in text("/proc/self/mounts")?.split(separator: "\n") ?? [] {
      let fields = line.split(separator: " ")
      guard fields.count >= 4 else { continue }
      let isFit =
        isFirst ? fields[2] == "cgroup" && fields[3].split(separator: ",").contains("memory") : fields[2] == "cgroup2"
      if isFit { return String(fields[1]) }
    }
    return nil
  }

  private static func set(_ path: String, _ value: Int) -> Bool {
    guard let file = fopen(path, "r+") else { return false }
    let isWritten = fputs("\(value)\n", file) >= 0
    return fclose(file) == 0 && isWritten
  }

  /// A small file of the kernel, without the end of its last line.
  private static func text(_ path: String) -> String? {
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
