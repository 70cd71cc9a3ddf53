import CKernels
import Testing

@testable import Runtime

/// Weights that move by sums in tiles come to the bytes of the gradient as it is written down and the plain update of all
/// of it, however little scratch there is.
@Test(arguments: vectorTables, UInt64(0)..<8) func fusedUpdatesInTiles(vectors: ck_vectors, seed: UInt64) throws {
  let table = try #require(unsafe ck_kernels_for(vectors))
  var taken = 0
  for round in 0..<50 {
    var rig = KernelRig(seed: seed * 1000 + UInt64(round))
    let shape = rig.convolution(regions: false)
    let (rows, columns) = (shape.rows.count, shape.columns)
    let count = rows * columns
    let rule = rig.pick(UpdateRule.sgd, .sgd, .momentum, .adam)
    guard rule == .sgd || shape.groups == 1 || shape.groupOutputs * columns % 128 == 0 else { continue }
    let w = rig.add(.i8, rig.integers(count))
    let weightScales = rig.add(.f32, (0..<rows).map { _ in Float(rig.int(1...999)) * 1e-4 })
    let state = rig.addState(count, rule)
    let x = rig.add(.i8, rig.integers(shape.window.inputPixels * Int(shape.inputs), from: -128))
    let dy = rig.addGradient(shape.window.outputPixels * Int(shape.outputs))
    let scales = rig.add(
      .f32, (0..<rows).map { _ in rig.chance(9) ? rig.pick(Float(-0.0), -1, .nan) : Float(rig.int(1...999)) * 1e-4 })
    let scratch = rig.addRoom(.u8, 8 * columns + rig.pick(0, 600, 4000, 40_000))
    let p = GradWeightUpdateParameters(
      gradient: QuantizedGradWeightParameters(shape: shape, inputZero: rig.int(-128...127), source: .q8, slots: 0),
      update: QuantizedUpdateParameters(
        count: count, inner: columns, channels: rows, isWide: false, rule: rule,
        rounding: rig.pick(.stochastic, .nearest, .truncate), isPlain: rig.chance(3), weightDecay: rig.pick(0, 0.01),
        betas: (0.9, 0.99), clip: 0, accumulate: 1, seed: 9, tensor: 5, slots: 0b1_1110_0000_1011 | state.slots),
      part: columns)
    var context = StepContext()
    context.learningRate = rig.pick(0.1, 1e-3)
    context.step = UInt32(rig.int(0...1000))
    let operands = [w, w, weightScales] + state.operands + [x, dy, scales, scratch]
    let plain = rig.run(operands, p) { call in
      var gradients = shape.gradients(call, p.gradient, input: p.inputOperand)
      gradients.withUnsafeMutableBufferPointer {
        let all = unsafe Elements(base: $0.baseAddress!, count: $0.count)
        WeightUpdate(call, p.update, context, share: 1).runPlain(0, all)
      }
    }
    var isTiled = false
    let tiled = rig.run(operands, p) { call in
      let update = WeightUpdate(call, p.update, context, share: 1)
      guard let tiles = unsafe TiledGradWeightUpdate(call, p, update, table) else { return }
      isTiled = true
      tiles.run()
    }
    guard isTiled else { continue }
    taken += 1
    for operand in [w] + state.operands {
      try #require(rig.operand(operand, of: tiled) == rig.operand(operand, of: plain), "\(p)")
    }
  }
  #expect(taken > 10)
}

extension KernelRig {
  /// Low bytes now and then, and the moments of a rule.
  fileprivate mutating func addState(_ count: Int, _ rule: UpdateRule) -> (operands: [Int], slots: UInt32) {
    var (operands, slots): ([Int], UInt32) = ([], 0)
    if chance(2) {
      operands.append(add(.i8, integers(count, from: -128)))
      slots |= 1 << 4
    }
    let blocks = (0..<(count + 127) / 128).map { _ in Float(int(0...999)) * 1e-5 }
    if rule != .sgd {
      operands += [add(.i8, integers(count)), add(.f32, blocks)]
      slots |= 0b11 << 5
    }
    if rule == .adam {
      operands += [add(.u8, (0..<count).map { _ in UInt8(int(0...255)) }), add(.f32, blocks)]
      slots |= 0b11 << 7
    }
    return (operands, slots)
  }
}

extension ConvShape {
  /// The gradient of the weight by its definition.
  fileprivate func gradients(_ call: Call, _ p: QuantizedGradWeightParameters, input: Int) -> [Float] {
    let x = call.elements(input, Int8.self)
    let dy = call.gradient(input + 1, .q8, Int8.self)
    let scales = call.elements(input + 2, Float.self)
    var tile = [Int16](repeating: 0, count: columns)
    var sums = [Int32](repeating: 0, count: rows.count * columns)
    for group in 0..<Int(groups) {
      for pixel in 0..<window.outputPixels {
        tile.withUnsafeMutableBufferPointer {
          let row = unsafe Elements(base: $0.baseAddress!, count: $0.count)
          im2col(x, zeroPoint: p.inputZero, into: row, pixel, 1, group: group)
        }
        for o in group * groupOutputs..<(group + 1) * groupOutputs {
          let g = Int32(dy.elements[pixel * Int(outputs) + o])
          for k in 0..<columns { sums[o * columns + k] += g * Int32(tile[k]) }
        }
      }
    }
    return sums.indices.map { Float(sums[$0]) * (dy.scale * scales[$0 / columns]) }
  }
}
