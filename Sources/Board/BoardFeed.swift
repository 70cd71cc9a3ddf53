import CPlatform
import RuntimeBoard

/// The samples of a training: packed data, a stream, or a ring.
struct BoardFeed: SampleFeed {
  // One of the three is there, and changes where it is.
  private var pack: PackFeed?
  private var stream: StreamFeed?
  private var ring: RingFeed?

  /// Opens `FILE`, `-` or `ring:FILE` where a checkpoint left off.
  ///
  /// - Parameter end: when to stop waiting for samples; 0 is never.
  init(_ options: Options, for image: Image, _ progress: DataProgress, isNew: Bool, end: UInt64) throws(Failure) {
    guard let path = options.data else {
      throw Failure(.usage, "no samples were named", next: "--data and what ./runner help says")
    }
    if isBuilt(.stream) && equal(path, "-") {
      do throws(FeedError) { stream = try StreamFeed(file: 0, for: image, progress, end: end) } catch {
        throw Failure.feed(standardInput.utf8, error)
      }
    } else if isBuilt(.ring), let file = path.behind("ring:") {
      ring = try BoardFeed.ring(file, for: image, progress, end)
    } else if isBuilt(.packed) {
      pack = try BoardFeed.pack(path, options, for: image, progress, isNew)
    } else {
      throw Failure(.usage, path, " cannot be read: this runner was built without it", next: "./runner help")
    }
  }

  private static func ring(
    _ path: CText, for image: Image, _ progress: DataProgress, _ end: UInt64
  ) throws(Failure) -> RingFeed {
    let bytes: Bytes
    do throws(FileError) { bytes = try Bytes(mapping: path, isShared: true) } catch {
      throw Failure.reading(path, error)
    }
    do throws(DataError) {
      let ring = try RingFeed(bytes, for: image, progress, end: end)
      if ring.isOther { tellOther(path) }
      return ring
    } catch { throw Failure.data(path, error) }
  }

  @inline(never)
  private static func tellOther(_ path: CText) {
    var note = FixedText()
    note += path
    note += " is not what the checkpoint was trained with: it is begun with its first samples\n"
    _ = note.write(to: 2)
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
      if !isNew, cursor.resume(progress) { tellOther(path) }
      return PackFeed(cursor)
    } catch { throw Failure.data(path, error) }
  }

  mutating func fill(_ buffers: BatchBuffers) throws(FeedError) -> Bool {
    if isBuilt(.packed), let isFull = try pack?.fill(buffers) { return isFull }
    if isBuilt(.stream), let isFull = try stream?.fill(buffers) { return isFull }
    if isBuilt(.ring), let isFull = try ring?.fill(buffers) { return isFull }
    return false
  }

  var progress: DataProgress {
    @inline(never) get {
      if isBuilt(.packed), let pack { return pack.progress }
      if isBuilt(.stream), let stream { return stream.progress }
      if isBuilt(.ring), let ring { return ring.progress }
      return DataProgress()
    }
  }

  /// Passes over packed data that were completed; other samples have none.
  var completedEpochs: Int { isBuilt(.packed) ? pack?.completedEpochs ?? 0 : 0 }

  /// Batches of one pass; 0 where there are no passes.
  var batchesPerEpoch: Int { isBuilt(.packed) ? pack?.cursor.batchesPerEpoch ?? 0 : 0 }
}

/// What standard input is called in messages.
var standardInput: StaticCString { "standard input" }

extension CText {
  /// What follows a prefix; nil where the text begins otherwise.
  func behind(_ prefix: StaticCString) -> CText? {
    let count = prefix.count
    for index in 0..<count {
      guard self[index] == prefix.utf8[index] else { return nil }
    }
    return self + count
  }
}
