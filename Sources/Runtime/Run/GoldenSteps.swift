/// What ten updates on samples that follow from a number come to, bit for bit; stands behind the digest of a plan.
///
/// Where an image has several plans, they take the updates in turn.
///
/// A board that comes to the same digests computes what the computer computed that wrote them.
public struct GoldenSteps: BitwiseCopyable, Sendable {
  /// "ESPGOLD\0".
  public static var magic: UInt64 { 0x0044_4c4f_4750_5345 }
  public static var version: UInt32 { 1 }
  public static var size: Int { MemoryLayout<GoldenSteps>.size }
  /// Updates.
  public static var steps: Int { 10 }

  public var magic = GoldenSteps.magic
  public var version = GoldenSteps.version
  public var bytes = UInt32(GoldenSteps.size)
  /// Digest of the plan.
  public var plan = Digest()
  /// What the samples follow from.
  public var seed: UInt64 = 0
  /// Of the persistent section after each update.
  public var states = InlineArray<10, Digest>(repeating: Digest())
  /// Of the logits after the last update.
  public var logits = Digest()
  /// Of everything before.
  public var digest = Digest()

  init() {}

  /// What stands behind a plan; nil where there is nothing, or not of this plan.
  public init?(behind image: Image, in bytes: Bytes) {
    let end = image.bytes.count
    guard bytes.count &- end == GoldenSteps.size else { return nil }
    self = bytes.load(end)
    guard magic == GoldenSteps.magic, version == GoldenSteps.version, self.bytes == UInt32(GoldenSteps.size),
      plan == image.digest, digest == Digest(of: bytes.slice(end, GoldenSteps.size &- Digest.size))
    else { return nil }
  }

  /// Index of the first update after which two runs differ, `steps` where the logits do; nil where all is equal.
  public func firstDifference(_ other: GoldenSteps) -> Int? {
    for step in 0..<GoldenSteps.steps where states[step] != other.states[step] { return step }
    return logits == other.logits ? nil : GoldenSteps.steps
  }
}

extension Session {
  /// Starts anew, does the updates, and starts anew again.
  public mutating func goldenSteps(seed: UInt64) -> GoldenSteps {
    var golden = GoldenSteps()
    golden.plan = image.digest
    golden.seed = seed
    reset()
    let chosen = chosenPlan
    var run: UInt64 = 0
    for step in 0..<GoldenSteps.steps {
      chosenPlan = step % image.planCount
      repeat {
        batch(.train).fill(from: randomNumber(seed: seed, run), classes: image.classes)
        run &+= 1
      } while !runStep().isUpdate
      golden.states[step] = unsafe Digest(of: Bytes(base: arena.base, count: image.persistentBytes))
    }
    batch(.predict).fill(from: randomNumber(seed: seed, run), classes: image.classes)
    predict()
    if let logits = logits(.predict) {
      golden.logits = unsafe Digest(of: Bytes(base: logits.pointer, count: 4 &* logits.count))
    }
    reset()
    chosenPlan = chosen
    golden.digest =
      unsafe withUnsafeBytes(of: golden) { raw in
        unsafe raw.baseAddress.map { unsafe Digest(of: Bytes(base: $0, count: GoldenSteps.size &- Digest.size)) }
      } ?? Digest()
    return golden
  }
}

extension BatchBuffers {
  /// Noise, the same everywhere, for steps that are measured.
  public func fillWithNoise(_ seed: UInt64, classes: Int) {
    if isBuilt(.profile) { fill(from: seed, classes: classes) }
  }

  /// Samples and labels that follow from a number.
  fileprivate func fill(from seed: UInt64, classes: Int) {
    for index in 0..<input.count { input[index] = goldenNumber(seed, index) }
    if let references {
      for index in 0..<batch { references.set(index, seed: seed, first: index &* sampleElements) }
    }
    if let targets {
      for index in 0..<targets.count { targets[index] = goldenNumber(~seed, index) }
    }
    if let labels = self.classes {
      for index in 0..<labels.count {
        labels[index] = Int32(
          truncatingIfNeeded: randomNumber(seed: ~seed, zeroExtended(index)) % zeroExtended(max(classes, 1)))
      }
    }
  }
}

/// From -2 up to 2, in steps that every float has.
func goldenNumber(_ seed: UInt64, _ index: Int) -> Float {
  Float(Int32(truncatingIfNeeded: randomNumber(seed: seed, zeroExtended(index)) &>> 40) &- 0x80_0000) / 4_194_304
}
