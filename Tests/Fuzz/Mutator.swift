import CFuzzer
import CPlatform
import Glibc

// Inputs are changed where their format has words: in the header, in tensors, in rows. A change of one byte alone would
// hardly ever meet a field, and the digest would refuse all of them, so that both are made right each time.

/// Changes an input in place, but never its kind; returns its new length.
@c(LLVMFuzzerCustomMutator)
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: UInt32) -> Int {
  var random = Generator(state: UInt64(seed) &+ 0x9e37_79b9)
  guard count >= FuzzInput.head, let kind = FuzzInput.Kind(rawValue: data[0]) else { return count }
  let body = data + FuzzInput.head
  let size = count - FuzzInput.head
  guard size > Words.sealed(kind), random.next() % 16 != 0 else {
    return FuzzInput.head + LLVMFuzzerMutate(body, size, most - FuzzInput.head)
  }
  if random.next() % 64 == 0 { data[1] = UInt8(truncatingIfNeeded: random.next()) }
  var words = Words(base: UnsafeMutableRawPointer(body), count: size)
  for _ in 0...(random.next() % 4) { words.change(words.place(kind, &random), &random) }
  return count
}

/// SplitMix64.
struct Generator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }
}

/// A file of one of the project's formats, as words of 32 bits.
struct Words {
  let base: UnsafeMutableRawPointer
  let count: Int

  private var bytes: Bytes { Bytes(base: base, count: count) }

  /// Bytes that a file of a kind has at least.
  static func sealed(_ kind: FuzzInput.Kind) -> Int {
    switch kind {
    case .plan: ImageHeader.size + Digest.size
    case .checkpoint: CheckpointHeader.size + Digest.size
    case .delta: DeltaHeader.size + Digest.size
    case .pack, .ring, .stream: PackHeader.size + Digest.size
    }
  }

  /// Offset of a word to change: of the header, or of a table that the header tells of.
  func place(_ kind: FuzzInput.Kind, _ random: inout Generator) -> Int {
    guard kind == .plan else {
      let header = Words.sealed(kind) - Digest.size
      return random.below((random.next() % 2 == 0 ? header : count) / 4) * 4
    }
    let header: ImageHeader = bytes.load(0)
    let plans = inside(header.plans, MemoryLayout<PlanRow>.stride)
    var program = header.predict
    if let plans, plans.count > 0, random.next() % 4 != 0 {
      let index = random.below(plans.count / MemoryLayout<PlanRow>.stride)
      program = (bytes.load(plans.start + index * MemoryLayout<PlanRow>.stride, as: PlanRow.self)).program
    }
    let table: (start: Int, count: Int)? =
      switch random.next() % 16 {
      case 0, 1: (0, ImageHeader.size)
      case 2: plans
      case 3: inside(header.variables, MemoryLayout<VariableRow>.stride)
      case 4: inside(header.rotation, 4)
      case 5: inside(header.constants, 1)
      case 6...9: inside(program.tensors, MemoryLayout<TensorRow>.stride)
      default: inside(program.words, 4)
      }
    guard let table, table.count >= 4 else { return random.below(ImageHeader.size / 4) * 4 }
    return table.start + random.below(table.count / 4) * 4
  }

  private func inside(_ span: TableSpan, _ width: Int) -> (start: Int, count: Int)? {
    let size = CheckedSize(span.count) * width
    guard (CheckedSize(span.offset) + size).isAtMost(count), let bytes = size.int else { return nil }
    return (Int(span.offset), bytes)
  }

  /// Gives a word a value that readers may not expect: a limit, a neighbour, or that of another word near by.
  func change(_ place: Int, _ random: inout Generator) {
    guard place >= 0, place + 4 <= count else { return }
    let old = bytes.load(place, as: UInt32.self)
    let other = max(0, min(count - 4, place + (random.below(33) - 16) * 4))
    let new: UInt32 =
      switch random.next() % 12 {
      case 0: old &+ 1
      case 1: old &- 1
      case 2: old &* 2
      case 3: old / 2
      case 4: old ^ 1 << UInt32(random.next() % 32)
      case 5, 6: bytes.load(other, as: UInt32.self)
      case 7: UInt32(truncatingIfNeeded: random.next())
      case 8: UInt32(random.next() % 64)
      case 9: 1 << UInt32(random.next() % 32)
      case 10: UInt32.max << UInt32(random.next() % 32)
      default: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7f80_0000, 0x7fc0_0000, 0x0000_0001][random.below(8)]
      }
    base.storeBytes(of: new, toByteOffset: place, as: UInt32.self)
  }

  /// Magic, version, length and digest as a writer would have written them.
  func sign(_ kind: FuzzInput.Kind) {
    guard count >= Words.sealed(kind) else { return }
    let (magic, version, header) = Words.frame(kind)
    base.storeBytes(of: magic, toByteOffset: 0, as: UInt64.self)
    base.storeBytes(of: version, toByteOffset: 8, as: UInt32.self)
    base.storeBytes(of: UInt32(header), toByteOffset: 12, as: UInt32.self)
    base.storeBytes(of: UInt64(count), toByteOffset: 16, as: UInt64.self)
    // Rings and streams grow, and have none.
    guard kind != .ring, kind != .stream else { return }
    let digest = Digest(of: Bytes(base: base, count: count - Digest.size))
    base.storeBytes(of: digest, toByteOffset: count - Digest.size, as: Digest.self)
  }

  private static func frame(_ kind: FuzzInput.Kind) -> (magic: UInt64, version: UInt32, header: Int) {
    switch kind {
    case .plan: (ImageHeader.magic, ImageHeader.version, ImageHeader.size)
    case .pack: (PackHeader.magic, PackHeader.version, PackHeader.size)
    case .checkpoint: (CheckpointHeader.magic, CheckpointHeader.version, CheckpointHeader.size)
    case .ring: (PackHeader.ringMagic, PackHeader.version, PackHeader.size)
    case .stream: (PackHeader.streamMagic, PackHeader.version, PackHeader.size)
    case .delta: (DeltaHeader.magic, DeltaHeader.version, DeltaHeader.size)
    }
  }
}
