import IR
import Operators
import Support
import Testing

@testable import Emit
@testable import Runtime

/// Plans with a digest that fits, and one thing that would reach outside if it were taken.
struct RefusedPlanTests {
  private func fault(_ plan: ImageContents) -> ImageError? {
    let memory = AlignedBytes(plan.bytes())
    do throws(ImageError) {
      _ = try Image(memory.bytes)
      return nil
    } catch { return error }
  }

  /// Resetting and checkpoints write the persistent section; what says where pages are stands at the end of the arena.
  @Test func variablesDoNotReachIntoTheControlArea() {
    var plan = TinyPlan.contents()
    plan.pageBytes = 64
    plan.arenaBytes = 272
    plan.persistentBytes = 256
    #expect(fault(plan) == nil)
    for bytes in [257, 264, 272] {
      plan.persistentBytes = bytes
      #expect(fault(plan) == .sizes, "\(bytes)")
    }
  }

  @Test func pagesStayInTheirFile() throws {
    func plan(count: Int, offset: Int, pageBytes: Int) -> ImageContents {
      var plan = TinyPlan.contents()
      plan.pageBytes = pageBytes
      plan.arenaBytes = 272
      plan.train.tensors.append(TensorRow(section: .arena, type: .u8, count: 16, offset: 224))
      let page = PageParameters(count: count, element: .f32, isIn: false, offset: offset)
      plan.train.words += row(.pageOut, [5, 0], page)
      plan.train.rows += 1
      return plan
    }
    #expect(fault(plan(count: 6, offset: 32, pageBytes: 56)) == nil)
    #expect(fault(plan(count: 6, offset: 32, pageBytes: 55)) == .row(.train, index: 2, .refused))
    #expect(fault(plan(count: 6, offset: 48, pageBytes: 56)) == .row(.train, index: 2, .refused))
    #expect(fault(plan(count: 6, offset: 16 * Int(UInt32.max), pageBytes: 56)) == .row(.train, index: 2, .refused))
    #expect(fault(plan(count: 6, offset: 0, pageBytes: 0)) == .row(.train, index: 2, .refused))
  }

  /// Bytes in which a kernel keeps floats.
  @Test func bytesThatHoldFloatsAreAligned() {
    for (offset, isTaken) in [(192, true), (194, false), (196, false), (200, false), (208, true)] {
      var plan = TinyPlan.contents()
      plan.train.tensors.append(TensorRow(section: .arena, type: .u8, count: 11, offset: offset))
      let nibbles = NibbleParameters(count: 6, isInteger: false, isDecoding: false, seed: 1, tensor: 2)
      plan.train.words += row(.encodeNibbles, [5, 0], nibbles)
      plan.train.rows += 1
      #expect((fault(plan) == nil) == isTaken, "offset \(offset)")
    }
  }

  /// The picture that is written to may be longer than the one that is copied, which may be the last of its section.
  @Test func pasteCopiesThePictureAlone() throws {
    var plan = TinyPlan.contents()
    plan.arenaBytes = 512
    plan.train.tensors += [
      TensorRow(section: .arena, type: .f32, count: 40, offset: 256),
      TensorRow(section: .arena, type: .f32, count: 2, offset: 64),
    ]
    let box = CropParameters(
      picture: [1, 2, 3, 1], start: [0, 1, 0], size: [1, 1, 2], isInteger: false, hasPicture: true)
    plan.train.words = row(.paste, [5, 2, 6], PasteParameters(box))
    plan.train.rows = 1
    let memory = AlignedBytes(plan.bytes())
    let image = try Image(memory.bytes)
    var session = try Session(image)
    let row = image.train.tensor(5)
    let picture: Elements<Float> = session.arena.elements(row)
    picture.fill(-1)
    session.walk { _, _ in .run }
    #expect((0..<6).map { picture[$0] } == [10, 20, 30, 0, 0, 60])
    #expect((6..<40).allSatisfy { picture[$0] == -1 })
  }

  /// The steps of the learning rate and of turns go on where `Int` of a small machine ends.
  @Test func stepsBeyondTwoToThe31() throws {
    var plan = TinyPlan.contents()
    plan.learningRates = [0.5, 0.25]
    let memory = AlignedBytes(plan.bytes())
    let image = try Image(memory.bytes)
    for step in [UInt32(1), 1 << 31, .max] {
      #expect(image.learningRate(step) == 0.25)
      #expect(image.plan(ofUpdate: step) == 0)
    }
  }

  /// Steps between the readers of a pixel are found without trying them all.
  @Test func readersOfLargeStrides() {
    let taps = Taps(input: 1 << 20, 3, 7, 1 << 28, 0, 1)
    #expect(taps.count == 0)
    let some = Taps(input: 12, 9, 5, 4, 0, 6)
    // o · 4 = 12 − k · 6: output 3 through tap 0, output 0 through tap 2.
    #expect(some.count == 2 && some.first == 0 && some.step == 2 && some.index == 3 && some.indexStep == -3)
  }

  /// Steps and dilations whose multiple leaves 32 bits.
  @Test(arguments: [(1 << 15, 1 << 14), (1 << 28, 2), (2, 1 << 28), (46341, 46341)])
  func windowsOfLargeSteps(stride: Int, dilation: Int) {
    let window = Window(
      input: [1, 1, 1], output: [1, 1], kernel: [1, 1], strides: [stride, stride], pads: [0, 0],
      dilations: [dilation, dilation])
    #expect(!window.isSane)
  }

  private func row<P: KernelParameters>(_ opcode: OpCode, _ operands: [UInt32], _ parameters: P) -> [UInt32] {
    let words = withUnsafeBytes(of: parameters) { [UInt32]($0.bindMemory(to: UInt32.self)) }
    let head = RowHead(
      opcode: opcode.rawValue, operands: operands.count, flags: RowFlags(), parameters: words.count)
    return [head.first, UInt32(words.count)] + operands + words
  }
}

/// A variant that this reader does not know, or that the opcode has not got, is none of a plan that it runs.
@Test(arguments: operatorsWithKernels)
func rowsHaveAVariantOfTheirOpcode(name: String) throws {
  for sample in registry[name]!.samples.prefix(1) {
    let op = try #require(sample.op as? any KernelOperator)
    let whole = try kernelPlan(op, sample.inputs)
    for raw in UInt32(0)..<64 {
      var changed = whole
      changed.train.words[0] |= raw << 26
      let memory = AlignedBytes(changed.bytes())
      if raw == 0 || raw == 1 && type(of: op).opcode.hasTiles {
        let image = try Image(memory.bytes)
        withExtendedLifetime(memory) { image.forRows(of: image.train(0)) { #expect($1.head.variant != nil) } }
      } else {
        #expect(throws: ImageError.row(.train, index: 0, .unknownFlags), "\(raw)") { try Image(memory.bytes) }
      }
    }
  }
}

/// A row has the operands that its kernel takes, whatever its parameters are: one less would be read from them.
@Test(arguments: operatorsWithKernels)
func rowsHaveAllTheirOperands(name: String) throws {
  for sample in registry[name]!.samples {
    let op = try #require(sample.op as? any KernelOperator)
    let whole = try kernelPlan(op, sample.inputs)
    let head = RowHead(whole.train.words[0], whole.train.words[1])
    for count in [head.operands - 1, head.operands + 1] {
      var changed = whole
      let other = RowHead(opcode: head.opcode, operands: count, flags: head.flags, parameters: head.parameters)
      changed.train.words[0] = other.first
      if count < head.operands {
        changed.train.words.remove(at: 2 + count)
      } else {
        changed.train.words.insert(whole.train.words[1 + head.operands], at: 2 + head.operands)
      }
      let memory = AlignedBytes(changed.bytes())
      #expect(throws: ImageError.row(.train, index: 0, .refused), "\(count) operands") { try Image(memory.bytes) }
    }
  }
}
