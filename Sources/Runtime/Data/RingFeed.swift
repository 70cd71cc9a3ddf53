import CPlatform

/// Samples that another process appends to a file of fixed size, as `.ring` in FORMAT.md; labels may come later.
///
/// They are given in their order. A sample waits for its label until it is overwritten; it is then passed over.
public struct RingFeed: SampleFeed {
  public let form: SampleForm
  private let bytes: Bytes
  private let capacity: UInt32
  private let recordBytes: Int
  private let classes: Int
  private let end: UInt64
  /// Number of the sample that was given last, counted from 1.
  private var last: UInt32
  /// Samples that were overwritten before they could be given.
  public private(set) var passedOver = 0
  /// Whether fewer samples were ever written than were given before: the ring was made anew, and is begun with its first.
  public private(set) var isOther = false

  /// - Parameters:
  ///   - bytes: the file, mapped so that what others write is seen.
  ///   - end: when to stop waiting, on the clock of `cp_nanoseconds`; 0 is never.
  /// - Throws: `DataError`.
  public init(_ bytes: Bytes, for image: Image, _ progress: DataProgress, end: UInt64 = 0) throws(DataError) {
    guard bytes.count >= RingRecord.counter + 4, bytes.load(0, as: UInt64.self) == PackHeader.ringMagic else {
      throw .notAPack
    }
    let header: PackHeader = bytes.load(0)
    guard header.version == PackHeader.version else {
      throw .version(found: header.version, supported: PackHeader.version)
    }
    guard header.length == zeroExtended(bytes.count) else {
      throw .length(stated: header.length, actual: zeroExtended(bytes.count))
    }
    form = try SampleForm(header)
    try form.check(for: image)
    guard !image.readsInPlace else { throw .readInPlace }
    guard header.samples > 0, header.samples <= UInt32(Int32.max),
      header.input.bytes.lies(from: RingRecord.first, to: bytes.count, width: 1, alignment: 64)
    else { throw .table }
    // Compared as UInt64: a record has less than 2³⁴ bytes, and there are less than 2³¹ of them.
    let record = RingRecord.bytes(form)
    guard zeroExtended(header.samples) &* record == header.input.bytes.count else { throw .table }
    self.bytes = bytes
    capacity = header.samples
    recordBytes = Int(truncatingIfNeeded: record)
    classes = image.classes
    self.end = end
    last = progress.position
    if load(RingRecord.counter) < last {
      last = 0
      isOther = true
    }
  }

  public var progress: DataProgress { DataProgress(position: last) }

  public mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    let before = last
    for index in 0..<buffers.batch {
      while true {
        let written = load(RingRecord.counter)
        // A ring that is made anew is another file; in this one, a second writer counts for itself.
        guard written >= last else { throw .data(.header) }
        // Behind by more than the ring holds: the oldest that is still there comes next.
        if written &- last > capacity {
          passedOver &+= Int(truncatingIfNeeded: written &- last &- capacity)
          last = written &- capacity
        }
        if written != last, try copy(last &+ 1, to: index, of: buffers) { break }
        if cp_gives_up(end) != 0 {
          last = before
          return false
        }
        cp_sleep(RingFeed.pause)
      }
      last &+= 1
    }
    return true
  }

  /// Milliseconds between two looks.
  private static var pause: UInt32 { 20 }

  /// False where the sample has no label yet, or was overwritten meanwhile.
  private func copy(_ number: UInt32, to index: Int, of buffers: BatchBuffers) throws(FeedError) -> Bool {
    let start = form.array.bytes.start &+ Int((number &- 1) % capacity) &* recordBytes
    guard load(start) == number, load(start &+ RingRecord.state) == RingRecord.labelled else { return false }
    let label = start &+ RingRecord.label
    let sample = label &+ 4 &* form.labelElements
    buffers.put(index, form, bytes, at: sample)
    do throws(DataError) {
      try form.checkNumbers(bytes, at: sample, form.elements, of: zeroExtended(number))
      try copyLabel(at: label, of: number, to: index, of: buffers)
    } catch  where load(start) == number { throw .data(error) } catch { return false }
    return load(start) == number
  }

  /// Each number is read once: another process may write a new one between a look at it and its use.
  private func copyLabel(
    at start: Int, of number: UInt32, to index: Int, of buffers: BatchBuffers
  ) throws(DataError) {
    for element in 0..<form.labelElements {
      var word = load(start &+ 4 &* element)
      try unsafe withUnsafeBytes(of: &word) { (raw) throws(DataError) in
        let bytes = unsafe Bytes(base: raw.baseAddress!, count: 4)
        try form.copyLabel(
          bytes, 1, from: element, of: zeroExtended(number), to: index, of: buffers, classes: classes)
      }
    }
  }

  private func load(_ offset: Int) -> UInt32 { unsafe cp_load(bytes.base + offset) }
}

/// Where things are in a ring: offsets in the file, and in a record of it.
public enum RingRecord {
  /// How many samples were ever written, u32.
  public static var counter: Int { 576 }
  /// The first record, at least.
  public static var first: Int { 640 }

  /// Of the sample's number, u32, at the start of a record: 1 if labelled.
  public static var state: Int { 4 }
  public static var label: Int { 8 }
  public static var labelled: UInt32 { 1 }

  /// Bytes of one record: number, state, label, sample, up to a multiple of 8.
  public static func bytes(_ form: SampleForm) -> UInt64 {
    (zeroExtended(label) &+ 4 &* zeroExtended(form.labelElements) &+ form.bytes &+ 7) / 8 &* 8
  }
}
