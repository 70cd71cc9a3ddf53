import CKernels
import Evaluate
import IR
import Operators
import Support
import Testing

/// These tests choose the kernels of the whole process, so they run one after the other; others do not mind.
@Suite(.serialized) struct FastKernelTests {
  private func results(_ kernels: ck_vectors, _ cases: [(any Operator, [TensorType])]) throws -> [[UInt8]] {
    ck_use(ck_kernels_for(kernels))
    defer { ck_use(nil) }
    var generator = SeededGenerator(seed: 12)
    return try cases.map { op, types in
      let values = types.map { randomBytes($0, in: -1...1, &generator) }
      return try Evaluator().run(op, types, values, op.infer(types))
    }
  }

  private func expectEqualBits(_ cases: [(any Operator, [TensorType])]) throws {
    let right = try results(ck_plain, cases)
    for kernels in vectors {
      for (number, (result, right)) in zip(try results(kernels, cases), right).enumerated() {
        #expect(result == right, "\(cases[number].0) of \(cases[number].1) with \(kernels)")
      }
    }
  }

  /// Sizes, strides, pads, dilations and batches; channels that fill several runs of vectors, one, and none.
  @Test func depthwiseConvolutionsHaveTheBitsOfThePlainOnes() throws {
    var generator = SeededGenerator(seed: 13)
    var cases: [(any Operator, [TensorType])] = []
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    while cases.count < 240 {
      let sliding = Sliding(
        strides: [pick(1...3), pick(1...2)], pads: (0..<4).map { _ in pick(0...2) },
        dilations: [pick(1...2), pick(1...3)])
      let kernel = [pick(1...5), pick(1...5)]
      let x = TensorType(pick(1...2), pick(1...9), pick(1...9), pick(1...75))
      let w = TensorType([1] + kernel + [x.shape[3]])
      let hasBias = Bool.random(using: &generator)
      let forward = DepthwiseConv(sliding, hasBias: hasBias)
      guard let y = try? forward.infer([x, w] + (hasBias ? [TensorType(x.shape[3])] : [])) else { continue }
      cases.append((forward, [x, w] + (hasBias ? [TensorType(x.shape[3])] : [])))
      cases.append((DepthwiseGradInput(sliding, input: Array(x.shape[1...])), [y, w]))
      cases.append((DepthwiseGradWeight(sliding, kernel: kernel), [x, y]))
    }
    try expectEqualBits(cases)
  }

  /// Whole vectors of elements, and those behind them.
  @Test func masksHaveTheBitsOfThePlainOnes() throws {
    var cases: [(any Operator, [TensorType])] = []
    for count in Array(1...40) + [1000] {
      for (low, high) in [(0, Double.infinity), (-0.5, 0.5), (0.5, -0.5)] {
        cases.append((BitMask(low: low, high: high), [TensorType(count)]))
      }
      for slope in [0, 0.1, -2] {
        cases.append((MaskGrad(slope: slope), [TensorType(count), TensorType([count], .bit)]))
      }
    }
    try expectEqualBits(cases)
  }

  @Test func convolutionsHaveTheBitsOfThePlainOnes() throws {
    try expectEqualBits(Conv.samples.map { ($0.op, $0.inputs) })
  }
}
