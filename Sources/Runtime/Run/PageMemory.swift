import CPlatform

/// Where values are paged out to, and whether all of it went well; stands in the arena, behind all tensors.
public struct PageMemory: BitwiseCopyable {
  public static var size: Int { 16 }

  /// An open file, or -1.
  var file: Int32 = -1
  /// errno of the first read or write that failed.
  private(set) var cause: Int32 = 0

  init(file: Int32 = -1) { self.file = file }

  mutating func note(_ cause: Int32) { if self.cause == 0 { self.cause = cause } }
}

/// An open file that values are paged out to; closed when this goes.
public struct PageFile: ~Copyable {
  let descriptor: Int32

  /// Makes the file of a plan; one that pages nothing out has none.
  ///
  /// - Parameter path: a file beside which it is made, with room for all pages; it has no name any more when this returns.
  ///   Nil for memory of the system beside the arena.
  /// - Throws: `FileError`.
  public init(for image: Image, beside path: UnsafePointer<CChar>?) throws(FileError) {
    var file: Int32 = -1
    if image.pageBytes > 0 {
      let cause = unsafe cp_open_pages(path, image.header.pageBytes, &file)
      guard cause == 0 else { throw FileError(cause: cause) }
    }
    descriptor = file
  }

  deinit { if descriptor >= 0 { cp_close(descriptor) } }
}

extension Session {
  /// Opens the file that the plan pages values out to, as `PageFile` does. State of optimizers is zero then.
  ///
  /// - Throws: `FileError`.
  public mutating func openPages(_ path: UnsafePointer<CChar>?) throws(FileError) {
    usePages(try unsafe PageFile(for: image, beside: path))
  }

  /// Pages values out to a file that was made for this plan, and holds zeros.
  public mutating func usePages(_ file: consuming PageFile) {
    pageFile = consume file
    forgetLostPages()
  }

  /// Pages count from here on: what the file holds is made anew.
  func forgetLostPages() {
    guard let pages = unsafe pages else { return }
    unsafe pages.pointee = PageMemory(file: pageDescriptor)
  }

  private var pageDescriptor: Int32 {
    switch pageFile {
    case .some(let file): file.descriptor
    case .none: -1
    }
  }

  /// errno of a read or write of pages that failed: nothing that was computed since then counts.
  public var lostPages: Int32? {
    guard let pages = unsafe pages, unsafe pages.pointee.cause != 0 else { return nil }
    return unsafe pages.pointee.cause
  }

  /// Puts state of optimizers that is paged out back to zeros.
  func clearPages() {
    guard image.statePageBytes > 0, let pages = unsafe pages, pageDescriptor >= 0 else { return }
    forgetLostPages()
    unsafe pages.pointee.note(cp_clear_pages(pageDescriptor, image.header.pageBytes))
  }

  /// Hands over state of optimizers that is paged out; no bytes where none is.
  ///
  /// - Throws: `FileError`.
  func withStatePages<R>(_ body: (Bytes) throws(FileError) -> R) throws(FileError) -> R {
    let count = image.statePageBytes
    guard count > 0 else { return try body(unsafe Bytes(base: arena.base, count: 0)) }
    guard let base = unsafe cp_map_pages(pageDescriptor, count) else { throw FileError(cause: cp_last_error()) }
    defer { unsafe cp_unmap(base, count) }
    let state = unsafe Bytes(base: base, count: count)
    state.readSparingly()
    return try body(state)
  }

  /// Takes over state of optimizers; a write that fails is noticed at the next update.
  func restorePages(_ state: Bytes) {
    guard let pages = unsafe pages else { return }
    forgetLostPages()
    state.readOnce { start, piece in
      unsafe pages.pointee.note(cp_write_page(pageDescriptor, piece.base, piece.count, zeroExtended(start)))
    }
  }

  var pages: UnsafeMutablePointer<PageMemory>? {
    guard image.pageBytes > 0 else { return nil }
    return unsafe (arena.base + (image.arenaBytes &- image.controlBytes)).assumingMemoryBound(to: PageMemory.self)
  }
}
