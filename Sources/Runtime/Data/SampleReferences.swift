/// What samples are read from by a plan that keeps no copy of them: the last bytes of the arena, which no row of a program
/// reaches, so that an image cannot say what memory is read.
public struct SampleMemory: BitwiseCopyable {
  public static var size: Int { MemoryLayout<SampleMemory>.size }

  private var address: UInt64 = 0
  private var count: UInt64 = 0
  private var array = PackArray()
  /// Rows, columns and channels of a sample, and how far apart they are.
  private var sides = InlineArray<3, UInt32>(repeating: 0)
  private var steps = InlineArray<3, UInt32>(repeating: 0)

  /// No samples.
  init() {}

  init(_ array: PackArray, _ steps: SampleSteps, _ bytes: Bytes) {
    address = unsafe zeroExtended(Int(bitPattern: bytes.base))
    count = zeroExtended(bytes.count)
    self.array = array
    for side in 0..<3 {
      sides[side] = UInt32(steps.sides[side])
      self.steps[side] = UInt32(steps.steps[side])
    }
  }

  /// The bytes, and what a sample in them looks like to a network that takes pictures of these sides.
  fileprivate func open(
    channels: Int, height: Int, width: Int
  ) -> (bytes: Bytes, array: PackArray, steps: SampleSteps, sampleBytes: UInt64)? {
    guard Int(sides[0]) == height, Int(sides[1]) == width, Int(sides[2]) == channels,
      let type = SampleType(rawValue: array.type),
      let base = unsafe UnsafeRawPointer(bitPattern: UInt(truncatingIfNeeded: address))
    else { return nil }
    let steps = SampleSteps(
      sides: [height, width, channels], steps: [Int(self.steps[0]), Int(self.steps[1]), Int(self.steps[2])])
    let bytes = zeroExtended(channels &* height &* width) &* zeroExtended(type.bytes)
    return unsafe (Bytes(base: base, count: Int(truncatingIfNeeded: count)), array, steps, bytes)
  }
}

/// Which samples a batch consists of, for plans that read them where they lie: one reference a sample, in the arena.
@safe
public struct SampleReferences {
  /// Bytes of the table for a batch.
  public static func bytes(batch: Int) -> Int { batch &* MemoryLayout<SampleReference>.stride }

  /// Nil where there are no samples: all are zeros then.
  private let source: UnsafeMutablePointer<SampleMemory>?
  private let table: Elements<SampleReference>

  init(_ source: UnsafeMutableRawPointer?, _ table: Elements<UInt8>) {
    unsafe self.source = source?.assumingMemoryBound(to: SampleMemory.self)
    let base = unsafe UnsafeMutableRawPointer(table.pointer).assumingMemoryBound(to: SampleReference.self)
    self.table = unsafe Elements(base: base, count: table.count / MemoryLayout<SampleReference>.stride)
  }

  /// The sample of the batch is the one that begins at a byte; the bytes must stay there until the program has run.
  func set(
    _ index: Int, _ form: SampleForm, _ steps: SampleSteps, _ bytes: Bytes, at start: Int, _ placement: Placement
  ) {
    unsafe source?.pointee = SampleMemory(form.array, steps, bytes)
    table[index] = SampleReference(start: start, placement)
  }

  /// The sample of the batch is zeros.
  func clear(_ index: Int) { table[index] = SampleReference() }

  /// The sample of the batch is numbers `first` and on of those that follow from a seed.
  func set(_ index: Int, seed: UInt64, first: Int) {
    // Whatever samples were read before may be gone by now.
    unsafe source?.pointee = SampleMemory()
    table[index] = SampleReference(seed: seed, first: first)
  }

  /// Writes rows and columns of a sample with these sides.
  func copy(
    _ index: Int, _ rows: Range<Int>, _ columns: Range<Int>, channels: Int, height: Int, width: Int,
    to output: SampleBuffer
  ) {
    let reference = table[index]
    if reference.kind == .bytes,
      let (bytes, array, steps, size) = unsafe source?.pointee.open(channels: channels, height: height, width: width),
      size <= zeroExtended(bytes.count), reference.value <= zeroExtended(bytes.count) &- size
    {
      let start = Int(truncatingIfNeeded: reference.value)
      return array.copy(bytes, at: start, to: output, steps, reference.placement, rows: rows, columns: columns)
    }
    var out = 0
    for y in rows {
      for x in columns {
        for channel in 0..<channels {
          let element = Int(reference.dx) &+ (y &* width &+ x) &* channels &+ channel
          output[out] = reference.kind == .seed ? goldenNumber(reference.value, element) : 0
          out &+= 1
        }
      }
    }
  }
}

/// One sample of a batch.
struct SampleReference: BitwiseCopyable {
  enum Kind: UInt32 { case zeros = 0, bytes, seed }

  /// First byte, or a seed.
  private(set) var value: UInt64 = 0
  /// Shift, or the number of the first element.
  private(set) var dx: Int32 = 0
  private var dy: Int32 = 0
  private var isFlipped: UInt32 = 0
  private var rawKind = Kind.zeros.rawValue

  init() {}

  init(start: Int, _ placement: Placement) {
    value = zeroExtended(start)
    dx = Int32(truncatingIfNeeded: placement.dx)
    dy = Int32(truncatingIfNeeded: placement.dy)
    isFlipped = placement.isFlipped ? 1 : 0
    rawKind = Kind.bytes.rawValue
  }

  init(seed: UInt64, first: Int) {
    value = seed
    dx = Int32(truncatingIfNeeded: first)
    rawKind = Kind.seed.rawValue
  }

  var kind: Kind { Kind(rawValue: rawKind) ?? .zeros }
  var placement: Placement {
    var placement = Placement()
    (placement.isFlipped, placement.dx, placement.dy) = (isFlipped == 1, Int(dx), Int(dy))
    return placement
  }
}
