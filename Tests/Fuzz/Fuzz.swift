import CPlatform
import Glibc

// The runtime's readers on bytes that libFuzzer makes up. Length and digest are made right first: else nothing would
// ever get past them. A plan that is accepted is also run, in an arena of exactly its size.

/// The first byte of an input says what the others are, the second one for which plan.
enum FuzzInput {
  enum Kind: UInt8 { case plan, pack, checkpoint, ring, stream }

  static let head = 2
}

extension FuzzInput.Kind {
  init?(_ byte: UInt8) { self.init(rawValue: byte & 7) }
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > FuzzInput.head, let kind = FuzzInput.Kind(data[0]) else { return 0 }
  let size = count - FuzzInput.head
  guard let block = exactBlock(size) else { return 0 }
  defer { free(block) }
  block.copyMemory(from: data + FuzzInput.head, byteCount: size)
  if kind == .checkpoint { adopt(block, size, plan(data[1])) }
  Words(base: block, count: size).sign()
  let bytes = Bytes(base: block, count: size)
  switch kind {
  case .plan: readPlan(bytes)
  case .pack: if let pack = try? Pack(bytes) { readSamples(pack, plan(data[1])) }
  case .checkpoint: readCheckpoint(bytes, plan(data[1]))
  case .ring: readRing(bytes, plan(data[1]))
  case .stream: readStream(bytes, plan(data[1]))
  }
  return 0
}

/// Memory of exactly this size, so that the address sanitizer sees every byte too far.
private func exactBlock(_ count: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, 64, max(count, 1)) == 0 ? block : nil
}

private func readPlan(_ bytes: Bytes) {
  guard let image = try? Image(bytes), image.arenaBytes <= 1 << 18, image.pageBytes <= 1 << 20 else { return }
  image.forRows { _, _ in }
  withSession(image) { session in
    withSamples(image) { samples in
      for plan in 0..<image.planCount {
        _ = session.choose(plan)
        _ = try? samples.fill(session.batch(.train), from: 0)
        _ = session.runStep()
      }
      _ = try? samples.fill(session.batch(.predict), from: 0)
      session.predict()
    }
  }
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

/// One batch of numbers, in a block of exactly its size.
private func withSamples(_ image: Image, _ body: (MemorySamples) -> Void) {
  let samples = 4 * image.batch * image.sampleElements
  let labels = 4 * image.batch * labelElements(image)
  guard samples <= 1 << 20, labels <= 1 << 20, let x = exactBlock(samples), let y = exactBlock(labels) else { return }
  defer {
    free(x)
    free(y)
  }
  for index in 0..<(samples / 4) { x.storeBytes(of: goldenNumber(1, index), toByteOffset: 4 * index, as: Float.self) }
  memset(y, 0, labels)
  guard let form = try? SampleForm(of: image, .f32, .model),
    let memory = try? MemorySamples(
      Bytes(base: x, count: samples), labels: labels > 0 ? Bytes(base: y, count: labels) : nil, count: image.batch,
      form, for: image)
  else { return }
  body(memory)
}

private func labelElements(_ image: Image) -> Int {
  let header = image.train.header
  return header.labels == ProgramHeader.none ? 0 : Int(image.train.tensor(Int(header.labels)).count) / image.batch
}

/// Plans that are whole, for readers that need one: the files that `FUZZ_PLANS` names, with `:` between them.
nonisolated(unsafe) private let plans: [Image] = {
  guard let paths = getenv("FUZZ_PLANS") else { return [] }
  return String(cString: paths).split(separator: ":").compactMap { path in
    guard let bytes = try? Bytes(mapping: String(path)) else { return nil }
    return try? Image(Image.withoutTrailer(bytes))
  }
}()

private func plan(_ number: UInt8) -> Image? { plans.isEmpty ? nil : plans[Int(number) % plans.count] }

private func readSamples(_ pack: Pack, _ plan: Image?) {
  let order = DataOrder(shuffles: true, augmentation: Augmentation(flips: true, shifts: true))
  guard let plan, let cursor = try? DataCursor(pack, .train, for: plan, order) else { return }
  var feed = PackFeed(cursor)
  take(&feed, plan)
}

/// The checkpoint is one of this plan: nothing else would get past the plan's digest.
private func adopt(_ block: UnsafeMutableRawPointer, _ count: Int, _ plan: Image?) {
  guard let plan, count >= CheckpointHeader.size else { return }
  block.storeBytes(of: plan.digest, toByteOffset: 24, as: Digest.self)
}

private func readCheckpoint(_ bytes: Bytes, _ plan: Image?) {
  guard let plan else { return }
  withSession(plan) { session in
    guard let progress = try? session.restoreCheckpoint(bytes) else { return }
    withSamples(plan) { samples in
      for _ in 0..<2 {
        _ = try? samples.fill(session.batch(.train), from: 0)
        _ = session.runStep()
      }
    }
    _ = progress.position
  }
}

private func readRing(_ bytes: Bytes, _ plan: Image?) {
  // An end that is past: whatever is not there is not waited for.
  guard let plan, var feed = try? RingFeed(bytes, for: plan, DataProgress(), end: 1) else { return }
  take(&feed, plan)
}

private func readStream(_ bytes: Bytes, _ plan: Image?) {
  var file: Int32 = -1
  guard let plan, cp_open_pages(nil, UInt64(bytes.count), &file) == 0 else { return }
  defer { close(file) }
  guard cp_write(file, bytes.pointer, bytes.count) == 0, lseek(file, 0, SEEK_SET) == 0,
    var feed = try? StreamFeed(file: file, for: plan, DataProgress())
  else { return }
  take(&feed, plan)
}

private func take(_ feed: inout some SampleFeed, _ plan: Image) {
  withSession(plan) { session in
    guard (try? feed.fill(session.batch(.train))) == true else { return }
    _ = session.runStep()
  }
}
