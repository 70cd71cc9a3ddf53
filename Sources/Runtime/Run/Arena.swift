import CPlatform

/// The one block of memory that a session works in; unmapped at the end if this arena mapped it.
@safe
public struct Arena: ~Copyable {
  /// Alignment of the first byte.
  public static var alignment: Int { 64 }

  let base: UnsafeMutableRawPointer
  public let bytes: Int
  private let isOwned: Bool

  /// Maps exactly `bytes` of zeroed memory and touches every page.
  ///
  /// - Throws: `RunError.noMemory`.
  public init(bytes: Int) throws(RunError) {
    let size = max(bytes, 1)
    guard let mapped = unsafe cp_map_arena(size) else { throw .noMemory(bytes: bytes) }
    unsafe base = mapped
    self.bytes = size
    isOwned = true
  }

  /// Works in memory of the caller, who keeps it until the arena is gone.
  ///
  /// - Throws: `RunError.arenaMisaligned`.
  public init(memory: UnsafeMutableRawPointer, bytes: Int) throws(RunError) {
    guard Int(bitPattern: memory) % Arena.alignment == 0 else { throw .arenaMisaligned }
    unsafe base = memory
    self.bytes = bytes
    isOwned = false
  }

  deinit {
    // On a board the process ends with its arena, and whoever looks at it then shall see what it took.
    #if !hasFeature(Embedded)
      if isOwned { unsafe cp_unmap(base, bytes) }
    #endif
  }

  /// The first `count` bytes.
  func prefix(_ count: Int) -> Elements<UInt8> {
    unsafe Elements(base: base.assumingMemoryBound(to: UInt8.self), count: count)
  }

  /// A tensor that lives in the arena.
  func elements<T: BitwiseCopyable>(_ row: TensorRow, as: T.Type = T.self) -> Elements<T> {
    let first = unsafe base + Int(truncatingIfNeeded: row.offset)
    return unsafe Elements(base: first.assumingMemoryBound(to: T.self), count: Int(row.count))
  }
}
