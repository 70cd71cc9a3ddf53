import Driver
import Report
import Runtime
import Testing

/// Plans whose saved values wait in a file, as the last thing that fits.
struct PagingTests {
  private func options(_ cap: MemoryCap) -> CompileOptions {
    var options = CompileOptions()
    options.cap = cap
    options.recompute = .none
    options.codec = .none
    options.patches = .none
    return options
  }

  private func paged() throws -> Compilation {
    let error = try #require(throws: OverCap.self) { _ = try compiled(options(.bytes(1000))) }
    return try compiled(options(.bytes(error.needed)))
  }

  private func losses(_ compilation: Compilation, opensPages: Bool = true) throws -> (losses: [Float], lost: Int32?) {
    let loaded = try LoadedImage(compilation.image)
    var session = try Session(loaded.image)
    if opensPages { try session.openPages(nil) }
    let losses = (0..<5).map { step in
      session.fillBatch(seed: UInt64(step))
      return session.runStep().loss
    }
    return (losses, session.lostPages)
  }

  @Test func whatWasPagedOutTrainsTheSame() throws {
    let paged = try paged()
    let whole = try compiled(options(.none))
    let paging = try #require(paged.report.paging)
    #expect(paged.report.arenaBytes < whole.report.arenaBytes && whole.report.paging == nil)
    #expect(paging.bytesPerStep <= paging.fileBytes && paging.tensors > 0)
    let (losses, lost) = try losses(paged)
    #expect(try losses == self.losses(whole).losses && lost == nil)
  }

  /// Without a file nothing is taken for learned.
  @Test func lostPagesAreNoticed() throws {
    let paged = try paged()
    #expect(try losses(paged, opensPages: false).lost != nil)
    let loaded = try LoadedImage(paged.image)
    var session = try Session(loaded.image)
    var feed = EndlessFeed()
    #expect(throws: FeedError.self) { _ = try session.runUpdate(&feed) }
  }

  /// In memory of its own kind a plan does not page, and it says what it would need instead.
  @Test func pagingCanBeRefused() throws {
    var wrong = options(.bytes(try paged().report.arenaBytes))
    wrong.paging = .none
    #expect(throws: OverCap.self) { _ = try compiled(wrong) }
  }
}

private struct EndlessFeed: SampleFeed {
  mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    for index in 0..<buffers.input.count { buffers.input[index] = 0.5 }
    if let classes = buffers.classes { for index in 0..<classes.count { classes[index] = 0 } }
    return true
  }

  var progress: DataProgress { DataProgress() }
}
