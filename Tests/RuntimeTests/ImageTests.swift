import Emit
import IR
import Support
import Testing

@testable import Runtime

struct ImageTests {
  private let file = TinyPlan.contents().bytes()

  @Test func readerAcceptsWhatTheWriterWrote() throws {
    let memory = AlignedBytes(file)
    let image = try Image(memory.bytes)
    #expect(image.arenaBytes == 256)
    #expect(image.train.rows == 2)
    #expect(image.metadata.count == 2)
    #expect(image.name(image.variable(0)).count == 1)
    #expect(image.learningRate(0) == 0.5)
    #expect(image.learningRate(9) == 0.25)
    #expect(TinyPlan.contents().bytes() == file)
  }

  @Test func anyChangedByteIsRefused() {
    for index in file.indices {
      var changed = file
      changed[index] ^= 0x41
      let memory = AlignedBytes(changed)
      #expect(throws: ImageError.self, "byte \(index)") { try Image(memory.bytes) }
    }
  }

  @Test func anyTruncationIsRefused() {
    for count in 0..<file.count {
      let memory = AlignedBytes(Array(file[..<count]))
      #expect(throws: ImageError.self, "first \(count) bytes") { try Image(memory.bytes) }
    }
    let longer = AlignedBytes(file + [0])
    #expect(throws: ImageError.self) { try Image(longer.bytes) }
  }

  @Test func anotherVersionSaysSo() {
    var changed = file
    changed[8] += 1
    let memory = AlignedBytes(changed.sealed())
    #expect(throws: ImageError.version(found: ImageHeader.version + 1, supported: ImageHeader.version)) {
      try Image(memory.bytes)
    }
  }

  @Test func anotherFileIsNoImage() {
    let memory = AlignedBytes(Array("a text file of some length, of no use here".utf8))
    #expect(throws: ImageError.notAnImage) { try Image(memory.bytes) }
  }

  @Test func constantsAreNeverWritten() {
    var plan = TinyPlan.contents()
    plan.train.words[2] = 2  // the output of the first row
    let memory = AlignedBytes(plan.bytes())
    #expect(throws: ImageError.row(.train, index: 0, .refused)) { try Image(memory.bytes) }
  }

  @Test func faultsAreNamed() {
    var plan = TinyPlan.contents()
    plan.train.words[0] = plan.train.words[0] & ~0xffff | 0xfffe
    expect(.row(.train, index: 0, .unknownOpcode), plan)
    plan = TinyPlan.contents()
    plan.predict.words[3] = 2
    expect(.row(.predict, index: 0, .operand), plan)
    plan = TinyPlan.contents()
    plan.train.tensors[1].offset = 240
    expect(.tensor(.train, index: 1), plan)
    plan.train.tensors[1].offset = 130
    expect(.tensor(.train, index: 1), plan)
    plan = TinyPlan.contents()
    plan.train.loss = 4
    expect(.binding(.train, .loss), plan)
    plan = TinyPlan.contents()
    plan.train.rows = 3
    expect(.row(.train, index: 2, .count), plan)
    plan = TinyPlan.contents()
    plan.learningRates = [0.1, .nan]
    expect(.learningRate(index: 1), plan)
    plan = TinyPlan.contents()
    plan.persistentBytes = 8
    expect(.variable(index: 0), plan)
  }

  private func expect(_ error: ImageError, _ plan: ImageContents) {
    let memory = AlignedBytes(plan.bytes())
    #expect(throws: error) { try Image(memory.bytes) }
  }

  /// A digest that fits proves nothing about the rest: whatever is accepted must run.
  @Test func mutationsWithAFittingDigestNeverCrash() throws {
    var mutations = Mutations(of: file, seed: 7)
    var accepted = 0
    for round in 0..<20_000 {
      let changed = mutations.next()
      let memory = AlignedBytes(round % 50 == 0 ? changed.sealed() : changed)
      let image: Image
      do {
        if round % 50 == 0 {
          image = try Image(memory.bytes)
        } else {
          try Image.checkFrame(memory.bytes)  // the digest apart, which takes most of the time
          image = try Image(contentsOf: memory.bytes)
        }
      } catch { continue }
      guard image.arenaBytes <= 1 << 20 else { continue }
      accepted += 1
      var session = try Session(image)
      _ = session.runStep()
      _ = session.runStep()
      session.predict()
      session.walk { _, _ in .run }
    }
    #expect(accepted > 1_000)
  }
}
