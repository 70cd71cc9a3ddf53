import CPlatform
import RuntimeBoard

/// The samples of a training: packed data, a stream, or a ring.
enum BoardFeed: SampleFeed {
  case pack(PackFeed)
  case stream(StreamFeed)
  case ring(RingFeed)

  /// Opens `FILE`, `-` or `ring:FILE` where a checkpoint left off.
  ///
  /// - Parameter end: when to stop waiting for samples; 0 is never.
  init(_ options: Options, for image: Image, _ progress: DataProgress, isNew: Bool, end: UInt64) throws(Failure) {
    guard let path = options.data else {
      throw Failure(.usage, "no samples were named", next: "--data FILE, --data - or --data ring:FILE")
    }
    if equal(path, "-") {
      do throws(FeedError) { self = .stream(try StreamFeed(file: 0, for: image, progress, end: end)) } catch {
        throw Failure.feed(standardInput.utf8, error)
      }
    } else if let file = path.behind("ring:") {
      self = .ring(try BoardFeed.ring(file, for: image, progress, end))
    } else {
      self = .pack(try BoardFeed.pack(path, options, for: image, progress, isNew))
    }
  }

  private static func ring(
    _ path: CText, for image: Image, _ progress: DataProgress, _ end: UInt64
  ) throws(Failure) -> RingFeed {
    let bytes: Bytes
    do throws(FileError) { bytes = try Bytes(mapping: path, isShared: true) } catch {
      throw Failure.reading(path, error)
    }
    do throws(DataError) { return try RingFeed(bytes, for: image, progress, end: end) } catch {
      throw Failure.data(path, error)
    }
  }

  private static func pack(
    _ path: CText, _ options: Options, for image: Image, _ progress: DataProgress, _ isNew: Bool
  ) throws(Failure) -> PackFeed {
    let pack = try openPack(path, .train, for: image)
    let order = DataOrder(
      seed: isNew ? options.seed ?? 0 : progress.seed, shuffles: options.shuffles,
      augmentation: Augmentation(flips: options.flips, shifts: options.shifts))
    do throws(DataError) {
      var cursor = try DataCursor(pack, .train, for: image, order)
      if !isNew { cursor.seek(epoch: progress.epoch, position: Int(truncatingIfNeeded: progress.position)) }
      return PackFeed(cursor)
    } catch { throw Failure.data(path, error) }
  }

  mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    switch self {
    case .pack(var feed):
      defer { self = .pack(feed) }
      return try feed.fill(buffers)
    case .stream(var feed):
      defer { self = .stream(feed) }
      return try feed.fill(buffers)
    case .ring(var feed):
      defer { self = .ring(feed) }
      return try feed.fill(buffers)
    }
  }

  var progress: DataProgress {
    switch self {
    case .pack(let feed): feed.progress
    case .stream(let feed): feed.progress
    case .ring(let feed): feed.progress
    }
  }

  /// Passes over packed data that were completed; other samples have none.
  var completedEpochs: Int {
    if case .pack(let feed) = self { feed.completedEpochs } else { 0 }
  }

  /// Batches of one pass; 0 where there are no passes.
  var batchesPerEpoch: Int {
    if case .pack(let feed) = self { feed.cursor.batchesPerEpoch } else { 0 }
  }
}

/// What standard input is called in messages.
let standardInput: StaticString = "standard input"

extension StaticString {
  /// The text as C has it: literals end with a zero.
  var utf8: CText { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

extension CText {
  /// What follows a prefix; nil where the text begins otherwise.
  fileprivate func behind(_ prefix: StaticString) -> CText? {
    for index in 0..<prefix.utf8CodeUnitCount {
      guard UInt8(bitPattern: self[index]) == prefix.utf8Start[index] else { return nil }
    }
    return self + prefix.utf8CodeUnitCount
  }
}
