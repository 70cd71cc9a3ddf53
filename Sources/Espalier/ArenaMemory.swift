import CPlatform
import Runtime

/// The memory of one session, filled with a pattern so that what was written can be measured afterwards.
final class ArenaMemory {
  // As a float it is tiny and no number that a step would write all over a tensor.
  private static let pattern: UInt8 = 0xa5

  let base: UnsafeMutableRawPointer
  let count: Int

  /// - Throws: `RunError.noMemory`.
  init(bytes: Int) throws(RunError) {
    count = bytes
    guard let mapped = cp_map_arena(max(bytes, 1)) else { throw .noMemory(bytes: bytes) }
    base = mapped
    base.initializeMemory(as: UInt8.self, repeating: ArenaMemory.pattern, count: bytes)
  }

  deinit { cp_unmap(base, max(count, 1)) }

  /// Bytes up to the highest one that has been written; blocks of `Arena.alignment`, in which arenas are planned, count
  /// whole.
  var highWater: Int {
    var end = count
    while end > 0, base.load(fromByteOffset: end - 1, as: UInt8.self) == ArenaMemory.pattern { end -= 1 }
    return min(count, (end + Arena.alignment - 1) / Arena.alignment * Arena.alignment)
  }
}
