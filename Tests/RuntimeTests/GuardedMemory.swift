import Glibc

/// Memory that ends where a page ends that may not be touched, and begins behind one: a step over either side traps.
final class GuardedMemory {
  private let mapping: UnsafeMutableRawPointer
  private let mapped: Int
  /// `count` bytes; where they begin on a multiple of 64, `count` is one too.
  let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) {
    let page = Int(getpagesize())
    let inner = (count + page - 1) / page * page
    mapped = inner + 2 * page
    mapping = mmap(nil, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED)
    mprotect(mapping + page, inner, PROT_READ | PROT_WRITE)
    bytes = UnsafeMutableRawBufferPointer(start: mapping + page + inner - count, count: count)
  }

  deinit { munmap(mapping, mapped) }
}
