import IR
import Operators
import Support
import Testing

@testable import Emit
@testable import Runtime

/// A plan whose only row is a kernel on the tensors of a sample; operands stand one behind the other in the arena.
func kernelPlan(_ op: any KernelOperator, _ inputs: [TensorType]) throws -> ImageContents {
  var plan = TinyPlan.contents(window: 1)
  let output = try op.infer(inputs)
  let scratch = op.scratchBytes(inputs, output)
  let types = [output] + inputs + (scratch > 0 ? [TensorType([scratch], .u8)] : [])
  var end = plan.arenaBytes
  for type in types {
    plan.train.tensors.append(TensorRow(section: .arena, type: type.elementType, count: type.count, offset: end))
    end += (type.bytes + 63) / 64 * 64
  }
  plan.arenaBytes = end
  plan.addControl(for: type(of: op).opcode)
  plan.train.words = rowWords(op, operands: Array(5..<(5 + types.count)), types: inputs, output: output)
  plan.train.rows = 1
  return plan
}

extension ImageContents {
  /// What rows that reach beyond their operands ask of a plan: a page file, or samples that are read where they lie.
  fileprivate mutating func addControl(for opcode: OpCode) {
    switch opcode {
    case .pageOut, .pageIn:
      pageBytes = 1 << 16
      arenaBytes += PageMemory.size
    case .sampleCrop:
      readsInPlace = true
      train.input = 6
      predict.tensors.append(train.tensors[6])
      predict.input = 2
      arenaBytes += (SampleMemory.size + 15) / 16 * 16
    default: break
    }
  }

  /// Changes one word of the row, or the size, place or type of one of its operands.
  fileprivate mutating func mutate(_ generator: inout SeededGenerator) {
    let sizes: [UInt32] = [0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 255, 1 << 16, 1 << 30, .max >> 1, .max, .max - 1, 1 << 31]
    func changed(_ old: UInt32) -> UInt32 {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: sizes.randomElement(using: &generator)!
      case 1: old ^ 1 << UInt32.random(in: 0..<32, using: &generator)
      case 2: old &+ 1
      default: old &- 1
      }
    }
    if Int.random(in: 0..<3, using: &generator) > 0 {
      let index = Int.random(in: 2..<train.words.count, using: &generator)
      train.words[index] = changed(train.words[index])
    } else {
      let index = Int.random(in: 5..<train.tensors.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: train.tensors[index].count = changed(train.tensors[index].count)
      case 1: train.tensors[index].offset ^= UInt64.random(in: 0..<1024, using: &generator)
      default: train.tensors[index].kind ^= UInt32.random(in: 0..<0x800, using: &generator)
      }
    }
  }
}

let operatorsWithKernels = registry.keys.filter { registry[$0]!.samples[0].op is any KernelOperator }.sorted()

/// Whoever runs no kernel is a view of its operand.
@Test func onlyViewsHaveNoKernel() {
  for name in registry.keys where !operatorsWithKernels.contains(name) {
    for sample in registry[name]!.samples {
      if case .view = sample.op.sharing { continue }
      Issue.record("\(name) has no kernel")
    }
  }
}

/// Rows with sizes, strides, indexes and places changed at random: what the reader accepts touches its arena alone,
/// whatever the arena holds.
@Test(arguments: operatorsWithKernels)
func acceptedRowsStayInsideTheArena(name: String) throws {
  var generator = SeededGenerator(seed: 23, name: name)
  var accepted = 0
  for sample in registry[name]!.samples {
    let op = try #require(sample.op as? any KernelOperator)
    let whole = try kernelPlan(op, sample.inputs)
    // The block ends where the guard begins, so its length decides where it starts.
    let arena = GuardedMemory(count: (whole.arenaBytes + Arena.alignment - 1) / Arena.alignment * Arena.alignment)
    for round in 0..<300 {
      var changed = whole
      if round > 0 { for _ in 0...Int.random(in: 0..<2, using: &generator) { changed.mutate(&generator) } }
      let memory = AlignedBytes(changed.bytes())
      guard let image = try? Image(contentsOf: memory.bytes) else {
        #expect(round > 0, "the unchanged row of \(sample.inputs) is refused")
        continue
      }
      accepted += 1
      for index in arena.bytes.indices { arena.bytes[index] = UInt8.random(in: 0...255, using: &generator) }
      var session = try Session(image, arena: Arena(memory: arena.bytes.baseAddress!, bytes: arena.bytes.count))
      session.walk { _, _ in .run }
    }
  }
  #expect(accepted > 10)
}
