import CPlatform

/// Samples that arrive one after the other, as `.stream` in FORMAT.md: from standard input, a pipe, a socket.
///
/// A sample is read into the batch itself, so that a stream takes no memory of its own.
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
      guard form.layout != .channelsFirst else { throw .header }
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
    let sample = Int(truncatingIfNeeded: position) &+ index
    let input = buffers.input.from(index &* form.elements).first(form.elements)
    // The label first stands where the sample goes; wider labels than samples there are none: both were checked.
    guard form.labelElements <= form.elements else { throw .data(.header) }
    let slot = unsafe UnsafeMutableRawPointer(input.pointer)
    guard try unsafe read(slot, 4 &* form.labelElements, of: sample, isFirst: true) else { return false }
    do throws(DataError) {
      try unsafe form.copyLabel(
        Bytes(base: slot, count: 4 &* form.labelElements), at: 0, of: sample, to: index, of: buffers, classes: classes)
    } catch { throw .data(error) }
    let bytes = form.elements &* form.type.bytes
    let raw = unsafe slot + (4 &* form.elements &- bytes)
    guard try unsafe read(raw, bytes, of: sample, isFirst: false) else { return false }
    unsafe form.copy(Bytes(base: raw, count: bytes), at: 0, to: input)
    return true
  }

  private func read(
    _ base: UnsafeMutableRawPointer, _ bytes: Int, of sample: Int, isFirst: Bool
  ) throws(FeedError) -> Bool {
    let count = unsafe cp_read(file, base, bytes, end)
    if count == bytes { return true }
    if count < 0 { throw .file(FileError(cause: cp_last_error())) }
    if cp_gives_up(end) != 0 || (isFirst && count == 0) { return false }
    throw .cut(sample: sample)
  }
}
