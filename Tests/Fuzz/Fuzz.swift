import CPlatform
import Glibc

// Readers of the project's files on bytes that libFuzzer makes up. Magic, version, length and digest are made right
// first: else nothing would ever get past them. A plan that is accepted is also run, in an arena of exactly its size.

/// The first byte of an input says what the others are, the second one for which plan.
enum FuzzInput {
  enum Kind: UInt8 { case plan, pack, checkpoint, ring, stream, delta }

  static let head = 2
  /// Plans with larger arenas are not run: what is found there is found in small ones.
  static let mostArena = 1 << 16
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > FuzzInput.head, let kind = FuzzInput.Kind(rawValue: data[0]) else { return 0 }
  Tally.begin()
  let size = count - FuzzInput.head
  guard let block = exactBlock(size) else { return 0 }
  defer { free(block) }
  block.copyMemory(from: data + FuzzInput.head, byteCount: size)
  if kind == .checkpoint { adopt(block, size, Known.number(data[1])) }
  Words(base: block, count: size).sign(kind)
  let bytes = Bytes(base: block, count: size)
  switch kind {
  // Changes of what is accepted lead further than those of what is refused.
  case .plan: return readPlan(bytes) ? 0 : -1
  case .pack: readPack(bytes, Known.number(data[1]))
  case .checkpoint: readCheckpoint(bytes, Known.number(data[1]))
  case .ring: readRing(bytes, Known.number(data[1]))
  case .stream: readStream(bytes, Known.number(data[1]))
  case .delta: readDelta(bytes)
  }
  return 0
}

/// Whether it is one.
private func readPlan(_ bytes: Bytes) -> Bool {
  let image: Image
  do throws(ImageError) { image = try Image(bytes) } catch {
    switch error {
    case .notAnImage, .version, .length, .misaligned, .digest, .otherImage: break
    default: Tally.shared.signed += 1
    }
    return false
  }
  Tally.shared.signed += 1
  Tally.shared.accepted += 1
  image.forRows { _, _ in }
  guard image.arenaBytes <= FuzzInput.mostArena, image.pageBytes <= 1 << 20, let batch = Batch(for: image) else {
    return true
  }
  withSession(image) { session in
    Tally.shared.run += 1
    for plan in 0..<min(image.planCount, 4) {
      _ = session.choose(plan)
      batch.fill(session.batch(.train))
      _ = session.runStep()
    }
    batch.fill(session.batch(.predict))
    session.predict()
  }
  return true
}

/// Runs in memory that is given back, which an arena of the board's own never is.
private func withSession(_ image: Image, _ body: (inout Session) -> Void) {
  guard let block = exactBlock(image.arenaBytes) else { return }
  defer { free(block) }
  memset(block, 0, image.arenaBytes)
  guard let arena = try? Arena(memory: block, bytes: image.arenaBytes),
    var session = try? Session(image, arena: arena)
  else { return }
  if image.pageBytes > 0, (try? session.openPages(nil)) == nil { return }
  body(&session)
}

private func readPack(_ bytes: Bytes, _ plan: Known?) {
  let pack: Pack
  do throws(DataError) { pack = try Pack(bytes) } catch {
    count(error)
    return
  }
  Tally.shared.signed += 1
  let order = DataOrder(shuffles: true, augmentation: Augmentation(flips: true, shifts: true))
  guard let plan, let cursor = try? DataCursor(pack, .train, for: plan.image, order) else { return }
  Tally.shared.accepted += 1
  _ = try? pack.checkLabels(.all, for: plan.image)
  var feed = PackFeed(cursor)
  take(&feed, plan)
}

/// An input that was refused, for what stands behind the digest or before it.
private func count(_ error: DataError) {
  switch error {
  case .notAPack, .version, .length, .misaligned, .digest: break
  default: Tally.shared.signed += 1
  }
}

/// The checkpoint is one of this plan: nothing else would get past the plan's digest.
private func adopt(_ block: UnsafeMutableRawPointer, _ count: Int, _ plan: Known?) {
  guard let plan, count >= CheckpointHeader.size else { return }
  block.storeBytes(of: plan.image.digest, toByteOffset: 24, as: Digest.self)
}

private func readCheckpoint(_ bytes: Bytes, _ plan: Known?) {
  guard let plan else { return }
  // Sizes are looked at before the digest and behind it: what counts is what the header's own check lets pass.
  guard (try? CheckpointHeader(checking: bytes)) != nil else { return }
  Tally.shared.signed += 1
  guard (try? plan.session.restoreCheckpoint(bytes)) != nil else { return }
  Tally.shared.accepted += 1
  Tally.shared.run += 1
  for _ in 0..<2 { plan.runStep() }
}

private func readRing(_ bytes: Bytes, _ plan: Known?) {
  guard let plan else { return }
  var feed: RingFeed
  // An end that is past: whatever is not there is not waited for.
  do throws(DataError) { feed = try RingFeed(bytes, for: plan.image, DataProgress(), end: 1) } catch {
    count(error)
    return
  }
  Tally.shared.signed += 1
  Tally.shared.accepted += 1
  take(&feed, plan)
}

private func readStream(_ bytes: Bytes, _ plan: Known?) {
  guard let plan, let file = Stream.holding(bytes) else { return }
  Tally.shared.signed += 1
  guard var feed = try? StreamFeed(file: file, for: plan.image, DataProgress()) else { return }
  Tally.shared.accepted += 1
  take(&feed, plan)
}

private func take(_ feed: inout some SampleFeed, _ plan: Known) {
  guard (try? feed.fill(plan.session.batch(.train))) == true else { return }
  Tally.shared.run += 1
  _ = plan.session.runStep()
  // What samples made of the state is nothing for the next input.
  if plan.session.step >= 8 { plan.session.reset() }
}

/// A file that streams are read from.
private enum Stream {
  nonisolated(unsafe) private static var file: Int32 = -1

  static func holding(_ bytes: Bytes) -> Int32? {
    if file < 0, cp_open_pages(nil, 1, &file) != 0 { return nil }
    guard ftruncate(file, 0) == 0, pwrite(file, bytes.pointer, bytes.count, 0) == bytes.count,
      lseek(file, 0, SEEK_SET) == 0
    else { return nil }
    return file
  }
}

/// A delta that is read is written by every codec, and added to itself; each of these is read again.
private func readDelta(_ bytes: Bytes) {
  let delta: Delta
  do throws(DeltaError) {
    delta = try Delta(bytes: [UInt8](UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.count)))
  } catch {
    switch error {
    case .notADelta, .version, .length, .digest: break
    default: Tally.shared.signed += 1
    }
    return
  }
  Tally.shared.signed += 1
  Tally.shared.accepted += 1
  guard delta.regions.reduce(0, { $0 + $1.differences.count }) <= 1 << 12 else { return }
  Tally.shared.run += 1
  for codec in Delta.Codec.allCases {
    let written = delta.encoded(codec).delta.bytes()
    guard (try? Delta(bytes: written)) != nil else { fatalError("\(codec): what is written is not read") }
  }
  // A sum may be too large to be written.
  guard let sum = try? Delta.merged([(delta, 0.5), (delta, -3)]) else { return }
  guard (try? Delta(bytes: sum.bytes())) != nil else { fatalError("a sum that is written is not read") }
}
