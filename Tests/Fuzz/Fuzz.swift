import CPlatform
import Glibc

// The runtime's readers on bytes that libFuzzer makes up. Length and digest are made right first: else nothing would
// ever get past them. A plan that is accepted is also run, in an arena of exactly its size.

/// The first byte of an input says what the others are.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 1, let block = exactBlock(count - 1) else { return 0 }
  defer { free(block) }
  block.copyMemory(from: data + 1, byteCount: count - 1)
  sign(block, count - 1)
  let bytes = Bytes(base: block, count: count - 1)
  switch data[0] & 3 {
  case 0: readPlan(bytes)
  case 1: if let pack = try? Pack(bytes) { readSamples(pack) }
  case 2: _ = try? CheckpointHeader(checking: bytes)
  default: readRing(bytes)
  }
  return 0
}

/// Memory of exactly this size, so that the address sanitizer sees every byte too far.
private func exactBlock(_ count: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, 64, max(count, 1)) == 0 ? block : nil
}

/// Length and digest as a writer would have written them.
private func sign(_ block: UnsafeMutableRawPointer, _ count: Int) {
  guard count >= 24 + Digest.size else { return }
  block.storeBytes(of: UInt64(count), toByteOffset: 16, as: UInt64.self)
  let digest = Digest(of: Bytes(base: block, count: count - Digest.size))
  block.storeBytes(of: digest, toByteOffset: count - Digest.size, as: Digest.self)
}

private func readPlan(_ bytes: Bytes) {
  guard let image = try? Image(bytes), image.arenaBytes <= 1 << 20 else { return }
  withSession(image) { session in
    for plan in 0..<image.planCount {
      _ = session.choose(plan)
      _ = session.runStep()
    }
    session.predict()
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
  body(&session)
}

/// A plan that is whole, for readers that need one: the file that `FUZZ_PLAN` names.
nonisolated(unsafe) private let plan: Image? = {
  guard let path = getenv("FUZZ_PLAN"), let bytes = try? Bytes(mapping: path) else { return nil }
  return try? Image(Image.withoutTrailer(bytes))
}()

private func readSamples(_ pack: Pack) {
  let order = DataOrder(shuffles: true)
  guard let plan, let cursor = try? DataCursor(pack, .train, for: plan, order) else { return }
  var feed = PackFeed(cursor)
  take(&feed, plan)
}

private func readRing(_ bytes: Bytes) {
  // An end that is past: whatever is not there is not waited for.
  guard let plan, var feed = try? RingFeed(bytes, for: plan, DataProgress(), end: 1) else { return }
  take(&feed, plan)
}

private func take(_ feed: inout some SampleFeed, _ plan: Image) {
  withSession(plan) { session in _ = try? feed.fill(session.batch(.train)) }
}
