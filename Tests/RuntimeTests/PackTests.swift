import Emit
import IR
import Support
import Testing

@testable import Runtime

struct PackTests {
  /// Two-channel pictures of 2 x 3; sample s has byte 10·s + element.
  private func contents(_ layout: SampleLayout, samples: Int = 5, shape: [Int]? = nil) -> PackContents {
    var header = PackHeader()
    header.samples = UInt32(samples)
    header.trainSamples = UInt32(samples - 2)
    header.input.layout = layout.rawValue
    header.input.shape = ArrayShape(shape ?? (layout == .model ? [2, 2, 3] : [2, 3, 2]))
    header.input.channels = 2
    header.input.channelStep = layout == .model ? 6 : 1
    header.classes = 3
    header.input.scale = 0.5
    header.input.mean[1] = 1
    header.input.deviation[1] = 4
    let bytes = (0..<samples).flatMap { s in (0..<12).map { UInt8(10 * s + $0) } }
    let labels = (0..<samples).map { Int32($0 % 3) }.withUnsafeBytes { [UInt8]($0) }
    return PackContents(header: header, samples: bytes, labels: labels, classNames: Array("[]".utf8))
  }

  /// An image whose input is batch 2 of 2 channels x 2 x 3, kept as 2 x 3 x 2.
  private func image(classes: Int = 3, target: PlanArray = PlanArray()) -> [UInt8] {
    var plan = TinyPlan.contents()
    for index in 0...1 {
      plan.train.tensors[index].count = 24
      plan.predict.tensors[index].count = 24
    }
    plan.train.words[4] = 24  // elements of relu
    plan.predict.words[4] = 24
    plan.train.tensors[0].offset = 256
    plan.train.tensors[1].offset = 128
    plan.predict.tensors[1].offset = 128
    plan.predict.tensors[0].offset = 256
    plan.arenaBytes = 512
    plan.input = PlanArray(SampleAxes([2, 2, 2, 3], memory: [0, 2, 3, 1], hasChannels: true))
    plan.target = target
    plan.classes = classes
    return plan.bytes()
  }

  @Test func roundTrip() throws {
    let memory = AlignedBytes(contents(.model).bytes())
    let pack = try Pack(memory.bytes)
    #expect(pack.samples == 5 && pack.sampleElements == 12 && pack.label(4) == 1)
    #expect(pack.classNames.count == 2)
  }

  @Test(arguments: [SampleLayout.model, .picture])
  func samplesArriveChannelsLastAndNormalized(layout: SampleLayout) throws {
    let memory = AlignedBytes(contents(layout).bytes())
    let plan = AlignedBytes(image())
    let session = try Session(Image(plan.bytes))
    var cursor = try DataCursor(Pack(memory.bytes), .train, for: session.image, DataOrder())
    #expect(try cursor.fill(session.batch(.train)) == 2)
    for sample in 0..<2 {
      for y in 0..<2 {
        for x in 0..<3 {
          for c in 0..<2 {
            let stored = layout == .model ? c * 6 + y * 3 + x : (y * 3 + x) * 2 + c
            let raw = Float(10 * sample + stored) * 0.5
            let expected = c == 0 ? raw : (raw - 1) / 4
            #expect(session.batch(.train).input[sample * 12 + (y * 3 + x) * 2 + c] == expected)
          }
        }
      }
    }
    #expect(session.batch(.train).classes?[1] == 1)
    #expect(try cursor.fill(session.batch(.train)) == 2)  // the third sample was dropped
    #expect(cursor.epoch == 1 && cursor.position == 2)
  }

  @Test func evaluationPadsItsLastBatch() throws {
    let memory = AlignedBytes(contents(.picture).bytes())
    let plan = AlignedBytes(image())
    let session = try Session(Image(plan.bytes))
    let order = DataOrder(padsLastBatch: true)
    var cursor = try DataCursor(Pack(memory.bytes), .all, for: session.image, order)
    #expect(cursor.batchesPerEpoch == 3)
    var counts: [Int] = []
    for _ in 0..<5 { counts.append(try cursor.fill(session.batch(.predict))) }
    #expect(counts == [2, 2, 1, 0, 2])
    var evaluation = try DataCursor(Pack(memory.bytes), .evaluation, for: session.image, order)
    #expect(evaluation.sample(at: 0) == 3)
    #expect(try evaluation.fill(session.batch(.predict)) == 2)
    #expect(session.batch(.predict).input[0] == 15)
  }

  @Test func aClassThePlanHasNotGotIsNamed() throws {
    let memory = AlignedBytes(contents(.picture).bytes())
    let plan = AlignedBytes(image(classes: 2))
    let session = try Session(Image(plan.bytes))
    var cursor = try DataCursor(Pack(memory.bytes), .all, for: session.image, DataOrder())
    #expect(try cursor.fill(session.batch(.train)) == 2)
    #expect(throws: DataError.label(sample: 2, value: 2, classes: 2)) { try cursor.fill(session.batch(.train)) }
  }

  @Test func dataOfOtherSidesIsRefused() throws {
    let memory = AlignedBytes(contents(.picture).bytes())
    let plan = AlignedBytes(TinyPlan.contents().bytes())
    let image = try Image(plan.bytes)
    #expect(
      throws: DataError.sampleDiffers(CompactShape(ArrayShape([2, 3, 2])), expected: CompactShape(ArrayShape([3])))
    ) {
      _ = try DataCursor(Pack(memory.bytes), .all, for: image, DataOrder())
    }
    let small = AlignedBytes(contents(.picture, samples: 3).bytes())
    let other = AlignedBytes(self.image())
    let wide = try Image(other.bytes)
    #expect(throws: DataError.tooFewSamples(have: 1, needed: 2)) {
      _ = try DataCursor(Pack(small.bytes), .train, for: wide, DataOrder())
    }
  }

  /// Of infinities no largest can be told: sample 3 is the first that has some.
  @Test func resultsThatAreNoNumbersAreRefused() throws {
    var huge = contents(.picture)
    huge.header.input.scale = 3e38
    huge.samples = [UInt8](repeating: 0, count: 36) + [UInt8](repeating: 9, count: 24)
    let memory = AlignedBytes(huge.bytes())
    let plan = AlignedBytes(image())
    var session = try Session(Image(plan.bytes))
    let pack = try Pack(memory.bytes)
    var cursor = try DataCursor(pack, .all, for: session.image, DataOrder(padsLastBatch: true))
    do throws(DataError) {
      _ = try session.evaluate(&cursor)
      Issue.record("infinities were judged")
    } catch { #expect(error == .results(sample: 3)) }
    let samples = try MemorySamples(pack, first: 1, count: 4, for: session.image)
    var given = 0
    do throws(DataError) {
      try session.predict(samples) { _, _ in given += 1 }
      Issue.record("infinities were given")
    } catch { #expect(error == .results(sample: 2) && given == 2) }
  }

  @Test func evaluationComparesWithTheLabels() throws {
    let memory = AlignedBytes(contents(.picture).bytes())
    var plan = AlignedBytes(image())
    var session = try Session(Image(plan.bytes))
    var cursor = try DataCursor(Pack(memory.bytes), .all, for: session.image, DataOrder(padsLastBatch: true))
    // The first channel of the last pixel is the largest everywhere: output 10, which is nobody's class.
    let score = try session.evaluate(&cursor)
    #expect(score.samples == 5 && score.correct == 0)
    #expect(cursor.epoch == 1 && cursor.position == 0)

    var targets = contents(.picture)
    targets.header.target.type = SampleType.f32.rawValue
    targets.header.target.shape = ArrayShape([12])
    targets.header.classes = 0
    targets.labels = [UInt8](repeating: 0, count: 5 * 12 * 4)
    let other = AlignedBytes(targets.bytes())
    var target = PlanArray()
    (target.shape, target.channels) = (ArrayShape([12]), 12)
    plan = AlignedBytes(image(classes: 0, target: target))
    session = try Session(Image(plan.bytes))
    cursor = try DataCursor(Pack(other.bytes), .all, for: session.image, DataOrder(padsLastBatch: true))
    var expected = 0.0
    for sample in 0..<5 {
      for element in 0..<12 {
        let raw = Double(10 * sample + element) * 0.5
        let value = max(0, element % 2 == 0 ? raw : (raw - 1) / 4)
        expected += value * value
      }
    }
    #expect(try session.evaluate(&cursor).squaredError == expected)
  }

  @Test func augmentationMirrorsAndShifts() throws {
    var header = PackHeader()
    header.samples = 1
    header.trainSamples = 1
    header.input.shape = ArrayShape([12, 24, 1])
    header.classes = 1
    header.input.layout = SampleLayout.picture.rawValue
    let bytes = (0..<288).map { UInt8(truncatingIfNeeded: $0 % 251 + 1) }
    let labels = [UInt8](repeating: 0, count: 4)
    let memory = AlignedBytes(PackContents(header: header, samples: bytes, labels: labels).bytes())
    let pack = try Pack(memory.bytes)
    let output = AlignedBytes([UInt8](repeating: 0, count: 288 * 4))
    let values = Elements(base: output.buffer.bindMemory(to: Float.self).baseAddress!, count: 288)
    for isFlipped in [false, true] {
      for (dx, dy) in [(0, 0), (2, 1), (-2, -1), (1, -1)] {
        var placement = Placement()
        placement.isFlipped = isFlipped
        placement.dx = dx
        placement.dy = dy
        pack.copy(0, to: SampleBuffer(values), for: PlanArray(SampleAxes(arena: [1, 12, 24, 1])), placement)
        for y in 0..<12 {
          for x in 0..<24 {
            let from = isFlipped ? 23 - (x - dx) : x - dx
            let isInside = (0..<24).contains(from) && (0..<12).contains(y - dy)
            #expect(values[y * 24 + x] == (isInside ? Float(bytes[(y - dy) * 24 + from]) : 0))
          }
        }
      }
    }
  }

  @Test func anyChangedByteAndAnyTruncationIsRefused() {
    let file = contents(.model).bytes()
    for index in file.indices {
      var changed = file
      changed[index] ^= 0x24
      let memory = AlignedBytes(changed)
      #expect(throws: DataError.self, "byte \(index)") { _ = try Pack(memory.bytes) }
      let short = AlignedBytes(Array(file[..<index]))
      #expect(throws: DataError.self, "first \(index) bytes") { _ = try Pack(short.bytes) }
    }
    var changed = file
    changed[8] = 9
    let memory = AlignedBytes(changed.sealed())
    #expect(throws: DataError.version(found: 9, supported: 2)) { _ = try Pack(memory.bytes) }
  }

  @Test func mutationsOfTheHeaderNeverCrash() throws {
    let file = contents(.model).bytes()
    let plan = AlignedBytes(image())
    let session = try Session(Image(plan.bytes))
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<5_000 {
      var changed = file
      let index = Int.random(in: 12..<PackHeader.size, using: &generator)
      changed[index] = [0, 1, 2, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
      let memory = AlignedBytes(changed)
      guard let pack = try? Pack(contentsOf: memory.bytes, memory.bytes.load(0)),
        var cursor = try? DataCursor(pack, .train, for: session.image, DataOrder(shuffles: true))
      else { continue }
      _ = try? cursor.fill(session.batch(.train))
    }
  }
}

struct OrderTests {
  @Test func everyOrderIsABijection() {
    for count in 1...300 {
      let order = Permutation(count: count, seed: 11, epoch: UInt32(count))
      #expect(Set((0..<count).map { order[$0] }) == Set(0..<count))
    }
  }

  @Test func epochsAndSeedsDiffer() {
    func order(_ seed: UInt64, _ epoch: UInt32) -> [Int] {
      let order = Permutation(count: 100, seed: seed, epoch: epoch)
      return (0..<100).map { order[$0] }
    }
    #expect(order(1, 0) == order(1, 0))
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != order(2, 0))
    #expect(order(1, 0) != Array(0..<100))
  }

  @Test func placementsAreAFunctionOfSeedEpochAndSample() {
    let both = Augmentation(flips: true, shifts: true)
    func place(_ seed: UInt64, _ epoch: UInt32, _ sample: Int) -> Placement {
      Placement(both, seed: seed, epoch: epoch, sample: sample, height: 48, width: 96)
    }
    var flips = 0
    var columns: Set<Int> = []
    var rows: Set<Int> = []
    for sample in 0..<1_000 {
      let placement = place(1, 2, sample)
      #expect(placement == place(1, 2, sample))
      flips += placement.isFlipped ? 1 : 0
      columns.insert(placement.dx)
      rows.insert(placement.dy)
    }
    #expect((400...600).contains(flips))
    #expect(columns == Set(-8...8))
    #expect(rows == Set(-4...4))
    #expect((0..<50).contains { place(1, 2, $0) != place(1, 3, $0) })
    #expect((0..<50).contains { place(1, 2, $0) != place(2, 2, $0) })
    #expect(Placement(Augmentation(), seed: 1, epoch: 0, sample: 0, height: 48, width: 96) == Placement())
  }
}
