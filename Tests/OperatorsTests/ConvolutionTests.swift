import Evaluate
import IR
import Operators
import Support
import Testing

/// The sum that defines a convolution, term by term: seven loops over NHWC pictures and OHWI weights.
///
/// `inputs` and `outputs` are those of one group.
private struct DirectConvolution {
  var x: [Double]
  var shape: [Int]
  var size: [Int]
  var sliding: Sliding
  var kernel: [Int]
  var groups: Int
  var inputs: Int
  var outputs: Int

  /// `weight` is given group, output, row, column and input.
  func result(_ bias: [Double]?, _ weight: (Int, Int, Int, Int, Int) -> Double) -> [Double] {
    var y: [Double] = []
    for n in 0..<shape[0] {
      for oy in 0..<size[0] {
        for ox in 0..<size[1] {
          for o in 0..<groups * outputs {
            var sum = bias?[o] ?? 0
            for ky in 0..<kernel[0] {
              for kx in 0..<kernel[1] {
                for i in 0..<inputs {
                  let group = o / outputs
                  sum += weight(group, o % outputs, ky, kx, i) * input(n, oy, ox, ky, kx, group * inputs + i)
                }
              }
            }
            y.append(sum)
          }
        }
      }
    }
    return y
  }

  /// The input that a tap of an output pixel reads; 0 in the padding.
  private func input(_ n: Int, _ oy: Int, _ ox: Int, _ ky: Int, _ kx: Int, _ channel: Int) -> Double {
    let iy = oy * sliding.strides[0] + ky * sliding.dilations[0] - sliding.pads[0]
    let ix = ox * sliding.strides[1] + kx * sliding.dilations[1] - sliding.pads[1]
    guard (0..<shape[1]).contains(iy), (0..<shape[2]).contains(ix) else { return 0 }
    return x[((n * shape[1] + iy) * shape[2] + ix) * shape[3] + channel]
  }
}

/// A convolution drawn at random.
private struct Drawn {
  var sliding: Sliding
  var kernel: [Int]
  var x: TensorType
  /// Height and width of the output, by the formula of the ONNX specification.
  var size: [Int]

  init(channels: Int, _ generator: inout SeededGenerator) {
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    repeat {
      sliding = Sliding(
        strides: [pick(1...3), pick(1...3)], pads: (0..<4).map { _ in pick(0...3) },
        dilations: [pick(1...3), pick(1...2)])
      kernel = [pick(1...4), pick(1...4)]
      x = TensorType([pick(1...3), pick(1...8), pick(1...8), channels], .f64)
      size = [0, 0]
      for axis in 0..<2 {
        let padded = x.shape[1 + axis] + sliding.pads[axis] + sliding.pads[2 + axis]
        let reach = sliding.dilations[axis] * (kernel[axis] - 1) + 1
        size[axis] = padded < reach ? 0 : (padded - reach) / sliding.strides[axis] + 1
      }
    } while size.contains(0)
  }
}

private func random(_ type: TensorType, _ generator: inout SeededGenerator) -> [Double] {
  (0..<type.count).map { _ in Double.random(in: -1...1, using: &generator) }
}

private func expectClose(_ a: [Double], _ b: [Double], _ comment: @autoclosure () -> String) {
  #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 }, "\(comment())")
}

@Test func convolutionsAreTheSumsThatDefineThem() throws {
  var generator = SeededGenerator(seed: 14)
  for trial in 0..<200 {
    let groups = [1, 1, 2, 3][trial % 4]
    let (inputs, outputs) = (1 + trial / 4 % 3, 1 + trial / 12 % 3)
    let drawn = Drawn(channels: groups * inputs, &generator)
    let w = TensorType([groups * outputs] + drawn.kernel + [inputs], .f64)
    let bias = TensorType([groups * outputs], .f64)
    let values = [random(drawn.x, &generator), random(w, &generator), random(bias, &generator)]
    let direct = DirectConvolution(
      x: values[0], shape: drawn.x.shape, size: drawn.size, sliding: drawn.sliding, kernel: drawn.kernel,
      groups: groups, inputs: inputs, outputs: outputs)
    for hasBias in [false, true] {
      let op = Conv(drawn.sliding, groups: groups, hasBias: hasBias)
      let types = [drawn.x, w] + (hasBias ? [bias] : [])
      let y = try op.infer(types)
      let result = try Evaluator().run(op, types, values.prefix(types.count).map { bytes($0) }, y)
      let right = direct.result(hasBias ? values[2] : nil) { group, o, ky, kx, i in
        values[1][(((group * outputs + o) * drawn.kernel[0] + ky) * drawn.kernel[1] + kx) * inputs + i]
      }
      expectClose(elements(result), right, "\(op) of \(types)")
    }
  }
}

@Test func depthwiseConvolutionsAreTheSumsThatDefineThem() throws {
  var generator = SeededGenerator(seed: 15)
  for trial in 0..<200 {
    let (channels, multiplier) = (1 + trial % 7, 1 + trial / 7 % 3)
    let drawn = Drawn(channels: channels, &generator)
    let w = TensorType([1] + drawn.kernel + [channels * multiplier], .f64)
    let bias = TensorType([channels * multiplier], .f64)
    let values = [random(drawn.x, &generator), random(w, &generator), random(bias, &generator)]
    let direct = DirectConvolution(
      x: values[0], shape: drawn.x.shape, size: drawn.size, sliding: drawn.sliding, kernel: drawn.kernel,
      groups: channels, inputs: 1, outputs: multiplier)
    for hasBias in [false, true] {
      let op = DepthwiseConv(drawn.sliding, hasBias: hasBias)
      let types = [drawn.x, w] + (hasBias ? [bias] : [])
      let y = try op.infer(types)
      let result = try Evaluator().run(op, types, values.prefix(types.count).map { bytes($0) }, y)
      let right = direct.result(hasBias ? values[2] : nil) { c, j, ky, kx, _ in
        values[1][(ky * drawn.kernel[1] + kx) * channels * multiplier + c * multiplier + j]
      }
      expectClose(elements(result), right, "\(op) of \(types)")
    }
  }
}

/// With a region, the weights of its channels come from the last operand, whatever stands in w.
@Test func regionsTakeTheirChannelsFromTheLastOperand() throws {
  var generator = SeededGenerator(seed: 16)
  for (first, end) in [(0, 2), (1, 4), (3, 5), (0, 5)] {
    let sliding = Sliding(strides: [2, 1], pads: [1, 0, 1, 1])
    let x = TensorType([2, 5, 4, 5], .f64)
    let region = WeightRegion(first..<end)
    let rows = [0..<1, 1..<2, 1..<3].map { WeightRegion(first..<end, rows: $0) }
    let cases: [(any Operator, any Operator, [Int], WeightRegion)] =
      ([region] + rows).map { (Conv(sliding), Conv(sliding).training(region: $0), [3, 2, 3, 5], $0) }
      + [(DepthwiseConv(sliding), DepthwiseConv(sliding).training(region: region), [1, 2, 3, 5], region)]
    for (whole, split, shape, region) in cases {
      let w = TensorType(shape, .f64)
      let rows = region.rows ?? 0..<shape[0]
      let part = TensorType([rows.count] + shape[1...2] + [end - first], .f64)
      let (input, weights) = (random(x, &generator), random(w, &generator))
      var frozen = weights
      var trained: [Double] = []
      let output = w.count / shape[0]
      for pixel in stride(from: rows.lowerBound * output, to: rows.upperBound * output, by: 5) {
        trained += weights[(pixel + first)..<(pixel + end)]
        for channel in first..<end { frozen[pixel + channel] = .nan }
      }
      let right = try Evaluator().run(whole, [x, w], [bytes(input), bytes(weights)], whole.infer([x, w]))
      let result = try Evaluator().run(
        split, [x, w, part], [bytes(input), bytes(frozen), bytes(trained)], split.infer([x, w, part]))
      expectClose(elements(result), elements(right), "\(split)")
    }
  }
}
