import CPlatform

/// Samples that arrive one after the other, as `.stream` in FORMAT.md: from standard input, a pipe, a socket.
///
/// Samples are read a few elements at a time, so that a stream takes next to no memory of its own.
public struct StreamFeed: SampleFeed {
  public let form: SampleForm
  private let file: Int32
  private let classes: Int
  /// When to stop waiting, on the clock of `cp_nanoseconds`; 0 is never.
  private let end: UInt64
  /// Samples that were given, those of earlier runs included.
  private var position: UInt32

  /// Reads the header of an open stream.
  ///
  /// - Throws: `FeedError.data`: no stream, or one of other samples; `file`.
  public init(file: Int32, for image: Image, _ progress: DataProgress, end: UInt64 = 0) throws(FeedError) {
    var header = PackHeader()
    var count = 0
    unsafe withUnsafeMutableBytes(of: &header) { raw in
      if let base = raw.baseAddress { count = unsafe cp_read(file, base, raw.count, end) }
    }
    if count < 0 { throw .file(FileError(cause: cp_last_error())) }
    guard count == PackHeader.size, header.magic == PackHeader.streamMagic else { throw .data(.notAPack) }
    guard header.version == PackHeader.version else {
      throw .data(.version(found: header.version, supported: PackHeader.version))
    }
    do throws(DataError) {
      form = try SampleForm(header)
      guard !image.readsInPlace else { throw .readInPlace }
      try form.check(for: image)
    } catch { throw .data(error) }
    self.file = file
    self.end = end
    classes = image.classes
    position = progress.position
  }

  public var progress: DataProgress { DataProgress(position: position) }

  public mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    try fillPart(of: buffers) == buffers.batch
  }

  /// Writes the samples of the next batch until the stream ends; returns how many there are.
  ///
  /// - Throws: `FeedError`.
  public mutating func fillPart(of buffers: BatchBuffers) throws(FeedError) -> Int {
    var count = 0
    while count < buffers.batch, try read(count, buffers) { count &+= 1 }
    position &+= UInt32(truncatingIfNeeded: count)
    return count
  }

  /// False where the stream ends, or waiting was given up.
  private func read(_ index: Int, _ buffers: BatchBuffers) throws(FeedError) -> Bool {
    let sample = zeroExtended(position) &+ zeroExtended(index)
    guard try readLabel(index, buffers, of: sample) else { return false }
    let input = buffers.input.from(index &* form.elements)
    let steps = buffers.array.steps(isOwnOrder: form.isOwnOrder)
    let elements = Chunk.bytes / form.type.bytes
    var first = 0
    while first < form.elements {
      var chunk = Chunk()
      let count = min(elements, form.elements &- first)
      guard
        try unsafe chunk.withSlot({ (slot, bytes) throws(FeedError) in
          let isThere = try unsafe read(slot, count &* form.type.bytes, of: sample, isFirst: false)
          guard isThere else { return false }
          do throws(DataError) { try form.checkNumbers(bytes, at: 0, count, of: sample) } catch { throw .data(error) }
          form.array.copy(bytes, count, to: input, steps, from: first)
          return true
        })
      else { return false }
      first &+= count
    }
    return true
  }

  /// Labels are read a few numbers at a time, too.
  private func readLabel(_ index: Int, _ buffers: BatchBuffers, of sample: UInt64) throws(FeedError) -> Bool {
    var first = 0
    while first < form.labelElements {
      var chunk = Chunk()
      let count = min(Chunk.bytes / 4, form.labelElements &- first)
      guard
        try unsafe chunk.withSlot({ (slot, bytes) throws(FeedError) in
          guard try unsafe read(slot, 4 &* count, of: sample, isFirst: first == 0) else { return false }
          do throws(DataError) {
            try form.copyLabel(bytes, count, from: first, of: sample, to: index, of: buffers, classes: classes)
          } catch { throw .data(error) }
          return true
        })
      else { return false }
      first &+= count
    }
    return true
  }

  private func read(
    _ base: UnsafeMutableRawPointer, _ bytes: Int, of sample: UInt64, isFirst: Bool
  ) throws(FeedError) -> Bool {
    let count = unsafe cp_read(file, base, bytes, end)
    if count == bytes { return true }
    if count < 0 { throw .file(FileError(cause: cp_last_error())) }
    if cp_gives_up(end) != 0 || (isFirst && count == 0) { return false }
    throw .cut(sample: sample)
  }
}

/// A few numbers of a stream on their way into a batch.
private struct Chunk {
  static var bytes: Int { 1024 }
  private var words = InlineArray<256, UInt32>(repeating: 0)

  mutating func withSlot<R>(
    _ body: (UnsafeMutableRawPointer, Bytes) throws(FeedError) -> R
  ) throws(FeedError) -> R {
    unsafe try withUnsafeMutableBytes(of: &words) { (raw) throws(FeedError) in
      unsafe try body(raw.baseAddress!, Bytes(base: raw.baseAddress!, count: Chunk.bytes))
    }
  }
}
