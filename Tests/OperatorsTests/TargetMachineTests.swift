import IR
import Operators
import Runtime
import Support
import Testing

/// Kernels are chosen by the target and by the work that a node is.
struct TargetMachineTests {
  private func conv(_ side: Int, _ channels: Int) throws -> (op: QuantizedConv, inputs: [TensorType], y: TensorType) {
    let op = QuantizedConv(output: QuantizedOutput(scale: 0.5, zeroPoint: 3))
    let scales = Array(repeating: Float(0.01), count: channels)
    let inputs = [
      TensorType.activation([1, side, side, channels], scale: 0.1, zeroPoint: 0),
      .weight([channels, 1, 1, channels], scales: scales, axis: 0), TensorType([channels, 2], .i32),
    ]
    return (op, inputs, try op.infer(inputs))
  }

  @Test func largeLayersAreMadeForVectors() throws {
    let (op, inputs, y) = try conv(16, 16)
    #expect(op.macs(inputs, y) == 65536)
    #expect(op.variant(inputs, y, on: .vectors) == .tiles)
    #expect(op.variant(inputs, y, on: .plain) == .plain)
    // 72 rows of 16 steps beside a block of 16 columns, in 16 bits, and their sums.
    #expect(op.roomBytes(inputs, y, on: .vectors) == max(op.scratchBytes(inputs, y), 72 * 32 + 512 + 72 * 64))
    #expect(op.roomBytes(inputs, y, on: .plain) == op.scratchBytes(inputs, y))
  }

  @Test func smallLayersStayPlain() throws {
    let (op, inputs, y) = try conv(15, 16)
    #expect(op.variant(inputs, y, on: .vectors) == .plain)
    #expect(op.roomBytes(inputs, y, on: .vectors) == op.scratchBytes(inputs, y))
  }

  /// With more scratch a row asks its kernel for larger parts, and with as much as it needs for the same as ever.
  @Test func partsGrowWithTheScratch() throws {
    for name in ["grad_weight_update", "depthwise_grad_weight_update"] {
      for sample in try #require(registry[name]).samples {
        let op = try #require(sample.op as? any KernelOperator)
        let output = try op.infer(sample.inputs)
        let need = op.scratchBytes(sample.inputs, output)
        let words = op.parameterWords(sample.inputs, output)
        #expect(op.parameterWords(sample.inputs, output, scratch: need) == words)
        let more = op.parameterWords(sample.inputs, output, scratch: 1 << 20)
        // The last word is the part: with that much, all elements.
        #expect(more.dropLast() == words.dropLast() && more.last == UInt32(output.count))
      }
    }
  }

  /// Every opcode that can be planned for vectors has a kernel for them.
  @Test func onlyOpcodesWithTilesSayThatTheyHaveWork() throws {
    var found: Set<OpCode> = []
    for type in registry.values {
      for sample in type.samples {
        guard let op = sample.op as? any KernelOperator else { continue }
        if let opcode = try opcode(op, sample.inputs) { found.insert(opcode) }
      }
    }
    #expect(found == Set(OpCode.allCases.filter(\.hasTiles)))
  }

  /// Nil where there are no tiles.
  private func opcode<O: KernelOperator>(_ op: O, _ inputs: [TensorType]) throws -> OpCode? {
    try op.tiledWork(inputs, op.infer(inputs)) == nil ? nil : O.opcode
  }
}
