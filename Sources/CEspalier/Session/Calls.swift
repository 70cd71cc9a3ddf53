import CEspalier
import Runtime

/// Runs the body of a call; a failure leaves its text in the session, where there is one.
private func call(_ handle: Handle?, _ body: (Handle) throws(Failure) -> Void) -> espalier_status {
  guard let handle else { return ESPALIER_USAGE }
  do throws(Failure) {
    try body(handle)
    return ESPALIER_OK
  } catch {
    handle.text = error.text
    return error.status
  }
}

/// A call that needs an open plan.
func withPlan(_ session: OpaquePointer?, _ body: (inout OpenPlan) throws(Failure) -> Void) -> espalier_status {
  call(unsafe Handle(session)) { handle throws(Failure) in
    guard handle.stage != .failed else { throw .notOpen }
    try unsafe body(&handle.plan.pointee)
  }
}

/// A call that needs an arena, too.
func withSession(
  _ session: OpaquePointer?, _ body: (inout OpenPlan, inout Session) throws(Failure) -> Void
) -> espalier_status {
  call(unsafe Handle(session)) { handle throws(Failure) in
    guard handle.stage != .failed else { throw .notOpen }
    guard handle.stage == .started else { throw .notStarted }
    try unsafe body(&handle.plan.pointee, &handle.session.pointee)
  }
}

/// Opens a block for what `body` makes.
private func open(
  _ session: OpaquePointer?, _ bytes: Int, _ body: () throws(Failure) -> OpenPlan
) -> espalier_status {
  guard let session = unsafe session, Int(bitPattern: session) % Handle.alignment == 0 else {
    return ESPALIER_USAGE
  }
  guard bytes >= Handle.size else { return ESPALIER_TOO_SMALL }
  let old = unsafe Handle(session)
  return unsafe call(old ?? Handle(opening: session)) { handle throws(Failure) in
    guard handle.stage == .failed else { throw .alreadyOpen }
    handle.open(try body())
  }
}

@c @implementation
public func espalier_abi() -> UInt32 { UInt32(ESPALIER_ABI) }

@c @implementation
public func espalier_session_size() -> Int { Handle.size }

@c @implementation
public func espalier_error_text(_ session: OpaquePointer!) -> UnsafePointer<CChar>! {
  if let handle = unsafe Handle(session) { return unsafe handle.textPointer }
  let text: StaticCString = "there is no session in this block; next: call espalier_open or espalier_open_file"
  return unsafe text.utf8
}

@c @implementation
public func espalier_open(
  _ session: OpaquePointer!, _ session_bytes: Int, _ image: UnsafeRawPointer!, _ image_bytes: Int
) -> espalier_status {
  unsafe open(session, session_bytes) { () throws(Failure) in
    guard let image = unsafe image else { throw .null("image") }
    return try OpenPlan(unsafe Bytes(base: image, count: max(image_bytes, 0)))
  }
}

@c @implementation
public func espalier_open_file(
  _ session: OpaquePointer!, _ session_bytes: Int, _ path: UnsafePointer<CChar>!
) -> espalier_status {
  unsafe open(session, session_bytes) { () throws(Failure) in
    guard let path = unsafe path else { throw .null("path") }
    return try OpenPlan(path: unsafe ErrorContext(path: path))
  }
}

@c @implementation
public func espalier_close(_ session: OpaquePointer!) -> espalier_status {
  guard let handle = unsafe Handle(session) else { return ESPALIER_USAGE }
  handle.close()
  return ESPALIER_OK
}

@c @implementation
public func espalier_start(
  _ session: OpaquePointer!, _ arena: UnsafeMutableRawPointer!, _ arena_bytes: Int
) -> espalier_status {
  call(unsafe Handle(session)) { handle throws(Failure) in
    guard handle.stage != .failed else { throw .notOpen }
    guard let arena = unsafe arena else { throw .null("arena") }
    let image = unsafe handle.plan.pointee.image
    // First, since it may fail: training that goes on in this very arena is then as it was.
    let pages: PageFile
    do throws(FileError) { pages = try unsafe PageFile(for: image, beside: nil) } catch {
      throw Failure(RunError.noMemory(bytes: image.pageBytes))
    }
    do throws(RunError) {
      var session = try Session(image, arena: try unsafe Arena(memory: arena, bytes: arena_bytes))
      session.usePages(pages)
      handle.start(session)
    } catch { throw Failure(error) }
    unsafe handle.plan.pointee.restart()
  }
}

@c @implementation
public func espalier_share(
  _ session: OpaquePointer!, _ threads: UInt32, _ scratch: UnsafeMutablePointer<UInt64>!
) -> espalier_status {
  unsafe withSession(session) { _, session throws(Failure) in
    guard 1...UInt32(Team.mostThreads) ~= threads else {
      throw Failure(ESPALIER_USAGE, "there can be 1 to 64 threads", next: "pass as many as the processor has cores")
    }
    do throws(FileError) {
      let bytes = try session.share(by: Int(threads))
      if let scratch = unsafe scratch { unsafe scratch.pointee = UInt64(bytes ?? 0) }
    } catch {
      throw Failure(ESPALIER_TOO_SMALL, "the system has not got so many threads", next: "pass fewer, or 1")
    }
  }
}

extension Failure {
  fileprivate init(_ error: RunError) {
    switch error {
    case .arenaMisaligned:
      self.init(
        ESPALIER_USAGE, "the arena does not start on a multiple of 64 bytes",
        next: "align it to ESPALIER_ARENA_ALIGNMENT")
    case .arenaTooSmall(let needed, let given): self = .smallArena(needed: needed, given: given)
    // Arenas are not mapped here, pages are.
    case .noMemory(let needed):
      var text = ErrorText("the system has not got the ")
      text += needed
      text += " bytes that values are paged out to"
      self = Failure(ESPALIER_TOO_SMALL, text, next: "compile with a larger --cap, or with --page none")
    }
  }

  private static func smallArena(needed: Int, given: Int) -> Failure {
    var text = ErrorText("the arena has ")
    text += given
    text += " bytes, the plan needs "
    text += needed
    return Failure(ESPALIER_TOO_SMALL, text, next: "give arena_bytes of espalier_info, or compile with a smaller --cap")
  }
}
