import CPlatform

/// Where saved values are paged out to, and whether all of it went well; stands in the arena, behind all tensors.
public struct PageMemory: BitwiseCopyable {
  public static var size: Int { 16 }

  /// An open file, or -1.
  var file: Int32 = -1
  /// errno of the first read or write that failed.
  var cause: Int32 = 0
}

extension Session {
  /// Opens the file that the plan pages saved values out to; a plan that does not needs none.
  ///
  /// - Parameter path: a file beside which it is made, with room for all pages; it has no name any more when this returns.
  ///   Nil for memory of the system beside the arena.
  /// - Throws: `FileError`.
  public mutating func openPages(_ path: UnsafePointer<CChar>?) throws(FileError) {
    guard image.pageBytes > 0, let pages = unsafe pages else { return }
    var file: Int32 = -1
    let cause = unsafe cp_open_pages(path, image.header.pageBytes, &file)
    guard cause == 0 else { throw FileError(cause: cause) }
    pageFile = file
    unsafe pages.pointee = PageMemory(file: file)
  }

  /// errno of a read or write of pages that failed: nothing that was computed since then counts.
  public var lostPages: Int32? {
    guard let pages = unsafe pages, unsafe pages.pointee.cause != 0 else { return nil }
    return unsafe pages.pointee.cause
  }

  var pages: UnsafeMutablePointer<PageMemory>? {
    guard image.pageBytes > 0 else { return nil }
    return unsafe (arena.base + (image.arenaBytes &- image.controlBytes)).assumingMemoryBound(to: PageMemory.self)
  }
}
