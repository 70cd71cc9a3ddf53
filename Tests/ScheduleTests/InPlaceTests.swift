import Evaluate
import IR
import Operators
import Support
import Testing

@testable import Emit
@testable import Runtime

/// Output bytes of one operator; each operand lies at the start of the given block, the output at that of `block`.
private func run(
  _ op: any KernelOperator, _ types: [TensorType], _ values: [[UInt8]], _ output: TensorType, blocks: [Int], block: Int
) throws -> [UInt8] {
  let scratch = op.scratchBytes(types, output)
  let tensors = [output] + types + (scratch > 0 ? [TensorType([scratch], .u8)] : [])
  let size = (tensors.map(\.bytes).max()! + 63) / 64 * 64
  let places = [block] + blocks + (scratch > 0 ? [tensors.count] : [])
  let rows = zip(tensors, places).map { type, place in
    TensorRow(section: .arena, type: type.elementType, count: type.count, offset: place * size)
  }
  let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: (tensors.count + 1) * size, alignment: 64)
  defer { arena.deallocate() }
  arena.initializeMemory(as: UInt8.self, repeating: 0x5A)
  for (value, place) in zip(values, blocks) {
    UnsafeMutableRawBufferPointer(rebasing: arena[(place * size)...]).copyBytes(from: value)
  }
  let words = rowWords(op, operands: Array(0..<tensors.count), types: types, output: output)
  rows.withUnsafeBufferPointer { table in
    words.withUnsafeBufferPointer { row in
      let memory = unsafe ProgramMemory(
        tensors: table.baseAddress!, constants: UnsafeRawPointer(arena.baseAddress!), arena: arena.baseAddress!)
      unsafe execute(type(of: op).opcode, Call(words: row.baseAddress!, memory: memory), StepContext())
    }
  }
  return Array(arena[(block * size)..<(block * size + output.bytes)])
}

/// An operator that says its output may lie over an operand computes the same bits there, also where that operand is
/// given twice.
@Test(arguments: registry.keys.sorted())
func outputsOverOperandsAreTheSame(name: String) throws {
  var generator = SeededGenerator(seed: 11)
  for sample in registry[name]!.samples {
    guard let op = sample.op as? any KernelOperator else { return }
    let positions: [Int] =
      switch op.sharing {
      case .mayReuse(let positions): positions
      case .overwrites(let position): [position]
      case .none, .view: []
      }
    let types = sample.inputs
    let output = try op.infer(types)
    var values = types.map { randomBytes($0, in: sample.range, &generator) }
    let apart = Array(1...types.count)
    for position in positions where types[position].bytes == output.bytes {
      #expect(
        try run(op, types, values, output, blocks: apart, block: position + 1)
          == Evaluator().run(op, types, values, output), "operand \(position) of \(types)")
      for other in positions where other != position && types[other] == types[position] {
        values[other] = values[position]
        var blocks = apart
        blocks[other] = position + 1
        #expect(
          try run(op, types, values, output, blocks: blocks, block: position + 1)
            == Evaluator().run(op, types, values, output), "operands \(position) and \(other) of \(types)")
      }
    }
    // What lay where the output goes makes no difference.
    guard case .overwrites = op.sharing else {
      #expect(
        try run(op, types, values, output, blocks: apart, block: 0) == Evaluator().run(op, types, values, output))
      continue
    }
  }
}
