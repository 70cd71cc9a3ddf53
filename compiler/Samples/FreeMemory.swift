import CPlatform
import Glibc

/// Refuses bytes that this computer could hold only by ending other programs, or this one.
///
/// What is unpacked is copied once more on its way into samples.
/// - Throws: `noMemory`.
func requireMemory(_ bytes: Int, for path: String) throws(DataFileError) {
  // Small files need no look at the system.
  guard bytes > 1 << 26 else { return }
  let available = freeMemory()
  guard bytes <= available / 2 else { throw .noMemory(path: path, bytes: bytes, available: available) }
}

/// Bytes that programs can still have: what the kernel says, or less where the limit of a container is lower.
private func freeMemory() -> Int {
  var least = Int.max
  if let text = text("/proc/meminfo"),
    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvail") }),
    let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
  {
    least = kibibytes << 10
  }
  for limit in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
    var bytes = 0
    if cp_read_number(limit, &bytes) == 0, bytes > 0 { least = min(least, bytes) }
  }
  return least
}

/// The beginning of a small file of the kernel.
private func text(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 12)
  let count = read(file, &bytes, bytes.count)
  return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
}
