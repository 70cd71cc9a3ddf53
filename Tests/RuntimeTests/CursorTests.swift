import Emit
import Support
import Testing

@testable import Runtime

/// Passes over 11 samples of one feature, whose value and class say which sample it is.
struct CursorTests {
  private let pack: AlignedBytes
  private let plan: AlignedBytes

  init() {
    var header = PackHeader()
    header.samples = 11
    header.trainSamples = 7
    header.input.shape = ArrayShape([3])
    header.input.type = SampleType.f32.rawValue
    header.classes = 11
    let samples = (0..<33).map { Float($0 / 3) }
    let labels = (0..<11).map { Int32($0) }
    pack = AlignedBytes(PackContents(header: header, samples: bytes(samples), labels: bytes(labels)).bytes())
    var contents = TinyPlan.contents()
    contents.classes = 11
    plan = AlignedBytes(contents.bytes())
  }

  /// The samples of the next batches, by epoch; a batch that was filled up gives only what is real.
  private func epochs(
    _ count: UInt32, _ part: DataPart, _ order: DataOrder, from start: UInt32 = 0
  ) throws -> [[Int]] {
    let session = try Session(Image(plan.bytes))
    var cursor = try DataCursor(Pack(pack.bytes), part, for: session.image, order)
    cursor.seek(epoch: start, position: 0)
    var epochs: [[Int]] = []
    let buffers = session.batch(.train)
    while true {
      let valid = try cursor.fill(buffers)
      if cursor.epoch >= start + count { return epochs }
      if Int(cursor.epoch - start) == epochs.count { epochs.append([]) }
      for index in 0..<valid {
        let sample = Int(buffers.input[3 * index])
        #expect(buffers.input[3 * index + 2] == Float(sample) && buffers.classes?[index] == Int32(sample))
        epochs[epochs.count - 1].append(sample)
      }
    }
  }

  @Test func everyPassGivesEverySampleOnce() throws {
    for (part, range) in [(DataPart.train, 0..<7), (.evaluation, 7..<11), (.all, 0..<11)] {
      for epoch in try epochs(5, part, DataOrder(seed: 3, shuffles: true, padsLastBatch: true)) {
        #expect(epoch.sorted() == Array(range))
      }
      // Without padding a batch that is not full is left out.
      for epoch in try epochs(5, part, DataOrder(seed: 3, shuffles: true)) {
        #expect(epoch.count == range.count / 2 * 2 && Set(epoch).count == epoch.count)
        #expect(epoch.allSatisfy(range.contains))
      }
    }
  }

  @Test func theOrderDependsOnSeedAndEpochAlone() throws {
    let order = DataOrder(seed: 9, shuffles: true, padsLastBatch: true)
    let first = try epochs(6, .all, order)
    #expect(try epochs(6, .all, order) == first)
    #expect(Set(first).count == 6)
    #expect(try epochs(2, .all, order, from: 4) == Array(first[4...]))
    #expect(try epochs(6, .all, DataOrder(seed: 10, shuffles: true, padsLastBatch: true)) != first)
    let plain = try epochs(3, .all, DataOrder(seed: 9, padsLastBatch: true))
    #expect(plain == Array(repeating: Array(0..<11), count: 3))
  }

  /// Seeking to any position gives what a pass without a stop would have given from there on.
  @Test func seekingGoesOnFromThere() throws {
    let session = try Session(Image(plan.bytes))
    let order = DataOrder(seed: 4, shuffles: true)
    let buffers = session.batch(.train)
    for position in 0...7 {
      var cursor = try DataCursor(Pack(pack.bytes), .train, for: session.image, order)
      cursor.seek(epoch: 2, position: position)
      let at = position + 2 > 7 ? 0 : position
      let expected = Permutation(count: 7, seed: 4, epoch: at == position ? 2 : 3)
      #expect(try cursor.fill(buffers) == 2)
      #expect([Int(buffers.input[0]), Int(buffers.input[3])] == [expected[at], expected[at + 1]])
    }
    var cursor = try DataCursor(Pack(pack.bytes), .train, for: session.image, order)
    for wrong in [-1, 8, .max] {
      cursor.seek(epoch: 1, position: wrong)
      #expect(cursor.position == 0 && cursor.epoch == 1)
    }
  }

  @Test func largeOrdersAreInjectiveWhereTheyWereTried() {
    for count in [1, 2, 3, 4, 5, 1 << 16, 1 << 16 + 1, Int(Int32.max)] {
      let order = Permutation(count: count, seed: 5, epoch: 6)
      let tried = stride(from: 0, to: count, by: max(1, count / 1_000)).map { order[$0] }
      #expect(Set(tried).count == tried.count)
      #expect(tried.allSatisfy { (0..<count).contains($0) })
    }
  }
}
