import Testing

@testable import Runtime

/// Sums that an integer kernel has to collect in parts: a runner may do without where no plan has them.
struct LongSumTests {
  @Test(arguments: [(65_536, false), (65_537, true)])
  func areNeededWhereASumMayLeave32Bits(products: Int, expected: Bool) {
    let pixels = Window(
      input: [1, 1, products], output: [1, products], kernel: [1, 1], strides: [1, 1], pads: [0, 0],
      dilations: [1, 1])
    let gradWeight = QuantizedGradWeightParameters(
      shape: ConvShape(window: pixels, inputs: 1, outputs: 1, groups: 1, region: nil), inputZero: 0, source: .q8,
      slots: QuantizedGradWeightParameters.required)
    #expect(needsLongSums(.quantizedGradWeight, gradWeight) == expected)

    let taps = Window(
      input: [1, 1, products], output: [1, 1], kernel: [1, products], strides: [1, 1], pads: [0, 0],
      dilations: [1, 1])
    let conv = QuantizedConvParameters(
      shape: ConvShape(window: taps, inputs: 1, outputs: 1, groups: 1, region: nil), inputZero: 0,
      output: OutputRange(zeroPoint: 0, low: -128, high: 127), slots: QuantizedConvParameters.required)
    #expect(needsLongSums(.quantizedConv, conv) == expected)
    #expect(!needsLongSums(.quantizedMask, conv))
  }

  /// - Parameter parameters: those of a row without operands; nothing else is looked at.
  private func needsLongSums<P: BitwiseCopyable>(_ opcode: OpCode, _ parameters: P) -> Bool {
    let words = withUnsafeBytes(of: parameters) { raw in
      stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
    }
    let head = RowHead(opcode: opcode.rawValue, operands: 0, flags: RowFlags(), parameters: words.count)
    let row = [head.first, UInt32(words.count)] + words
    return row.withUnsafeBufferPointer { row in
      let nowhere = UnsafeMutableRawPointer(mutating: row.baseAddress!)
      let memory = ProgramMemory(
        tensors: nowhere.assumingMemoryBound(to: TensorRow.self), constants: nowhere, arena: nowhere)
      return Call(words: row.baseAddress!, memory: memory).needs(.longSums, opcode)
    }
  }
}
