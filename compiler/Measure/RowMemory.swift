import IR
import Memory
import Operators
import Runtime

/// One row of an operator by itself, with operands of made-up values.
final class RowMemory {
  let opcode: OpCode
  let name: String
  let macs: Int
  private let words: [UInt32]
  private let tensors: [TensorRow]
  private let bytes: UnsafeMutableRawBufferPointer

  /// - Throws: `ShapeError` where the operator does not take such operands.
  init(_ op: any KernelOperator, _ inputs: [TensorType]) throws(ShapeError) {
    let output = try op.infer(inputs)
    opcode = type(of: op).opcode
    name = type(of: op).name
    macs = op.macs(inputs, output)
    let scratch = op.roomBytes(inputs, output, on: .vectors)
    let types = [output] + inputs + (scratch > 0 ? [TensorType([scratch], .u8)] : [])
    var rows: [TensorRow] = []
    var end = 0
    for type in types {
      rows.append(TensorRow(section: .arena, type: type.elementType, count: type.count, offset: end))
      end += aligned(type.bytes, to: ImageHeader.alignment)
    }
    tensors = rows
    words = rowWords(
      op, operands: Array(types.indices), types: inputs, output: output,
      variant: op.variant(inputs, output, on: .vectors), scratch: scratch)
    bytes = .allocate(byteCount: end, alignment: ImageHeader.alignment)
    for (type, row) in zip(types, rows) { fill(type, from: Int(row.offset)) }
  }

  deinit { bytes.deallocate() }

  /// Runs `body` with the row, whose operands are checked; false where the kernel refuses them.
  func withCall(_ body: (Call) -> Void) -> Bool {
    tensors.withUnsafeBufferPointer { tensors in
      words.withUnsafeBufferPointer { words in
        guard let row = words.baseAddress, let table = tensors.baseAddress, let arena = bytes.baseAddress else {
          return false
        }
        let call = Call(
          words: row, memory: ProgramMemory(tensors: table, constants: UnsafeRawPointer(arena), arena: arena))
        guard accepts(opcode, call, tensorCount: tensors.count) else { return false }
        body(call)
        return true
      }
    }
  }

  /// Integers that look like noise, floats that are a small power of two: a scale, or any number.
  private func fill(_ type: TensorType, from start: Int) {
    let place = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + type.bytes])
    switch type.dtype {
    case .f32: place.bindMemory(to: Float.self).update(repeating: Self.scale)
    case .i32 where type.rank == 2:
      // A multiplier and a shift: a factor of 1/256.
      for (index, word) in [Int32(1 << 30), 38].enumerated() {
        for at in stride(from: 4 * index, to: place.count, by: 8) {
          place.storeBytes(of: word, toByteOffset: at, as: Int32.self)
        }
      }
    default:
      var state: UInt32 = 1
      for index in place.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        // No -128, which weights and gradients never are.
        place[index] = UInt8(truncatingIfNeeded: Int(state >> 24) % 255 - 127)
      }
      if type.dtype == .i32 { place.bindMemory(to: Int32.self).update(repeating: 100) }
      if type.dtype == .q8 {
        place.storeBytes(of: Self.scale, toByteOffset: place.count - MemoryLayout<Float>.size, as: Float.self)
      }
    }
  }

  private static let scale: Float = 1 / 128
}
