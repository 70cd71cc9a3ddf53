import Glibc

// Plans that are whole, for readers that need one. Each has one session, set up once.

/// A plan with a session and a batch of samples.
final class Known {
  let image: Image
  var session: Session
  private let batch: Batch

  /// The files that `FUZZ_PLANS` names, with `:` between them.
  nonisolated(unsafe) static let all: [Known] = {
    guard let paths = getenv("FUZZ_PLANS") else { return [] }
    return String(cString: paths).split(separator: ":").map { path in
      guard let plan = Known(path: String(path)) else { fatalError("\(path) is no plan that can be run") }
      return plan
    }
  }()

  static func number(_ byte: UInt8) -> Known? { all.isEmpty ? nil : all[Int(byte) % all.count] }

  private init?(path: String) {
    guard let bytes = try? Bytes(mapping: path), bytes.count >= ImageHeader.size else { return nil }
    let count = Int(bytes.load(16, as: UInt64.self))
    guard count <= bytes.count, let block = exactBlock(count) else { return nil }
    block.copyMemory(from: bytes.pointer, byteCount: count)
    Words(base: block, count: count).sign(.plan)
    guard let image = try? Image(Bytes(base: block, count: count)), let memory = exactBlock(image.arenaBytes),
      let arena = try? Arena(memory: memory, bytes: image.arenaBytes), var session = try? Session(image, arena: arena),
      let batch = Batch(for: image)
    else { return nil }
    if image.pageBytes > 0, (try? session.openPages(nil)) == nil { return nil }
    self.image = image
    self.session = session
    self.batch = batch
  }

  /// One training step on samples that are always the same.
  func runStep() {
    batch.fill(session.batch(.train))
    _ = session.runStep()
  }
}

/// One batch of numbers, in blocks of exactly their size.
final class Batch {
  private let x: UnsafeMutableRawPointer
  private let y: UnsafeMutableRawPointer
  private let samples: MemorySamples

  /// Nil for plans whose samples are large, or no numbers.
  init?(for image: Image) {
    let samples = 4 * image.batch * image.sampleElements
    let labels = 4 * image.batch * Batch.labelElements(image)
    guard samples <= 1 << 16, labels <= 1 << 16, let form = try? SampleForm(of: image, .f32, .model),
      let x = exactBlock(samples), let y = exactBlock(labels)
    else { return nil }
    self.x = x
    self.y = y
    for index in 0..<(samples / 4) {
      x.storeBytes(of: goldenNumber(1, index), toByteOffset: 4 * index, as: Float.self)
    }
    memset(y, 0, labels)
    let memory = try? MemorySamples(
      Bytes(base: x, count: samples), labels: labels > 0 ? Bytes(base: y, count: labels) : nil, count: image.batch,
      form, for: image)
    guard let memory else {
      free(x)
      free(y)
      return nil
    }
    self.samples = memory
  }

  deinit {
    free(x)
    free(y)
  }

  func fill(_ buffers: BatchBuffers) { _ = try? samples.fill(buffers, from: 0) }

  private static func labelElements(_ image: Image) -> Int {
    let header = image.train.header
    return header.labels == ProgramHeader.none ? 0 : Int(image.train.tensor(Int(header.labels)).count) / image.batch
  }
}

/// Memory of exactly this size, so that the address sanitizer sees every byte too far.
func exactBlock(_ count: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, 64, max(count, 1)) == 0 ? block : nil
}
