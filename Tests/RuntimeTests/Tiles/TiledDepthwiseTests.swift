import CKernels
import Testing

@testable import Runtime

/// Depthwise layers of 8 bits by blocks of channels come to the bytes of the plain kernels, also over what they read.
struct TiledDepthwiseTests {
  /// - Parameter inPlace: of the size of its input.
  private func shape(_ rig: inout KernelRig, inPlace: Bool) -> DepthwiseShape {
    let window =
      rig.chance(6)
      ? wideRows(&rig, inPlace: inPlace)
      : !inPlace && rig.chance(12) ? farTaps(&rig) : rig.window(sameSize: inPlace)
    return DepthwiseShape(
      window: window,
      channels: rig.pick(1, 3, 5, 8, 16, 17, 24, 40, 48, 80), multiplier: 1, region: nil)
  }

  /// Rows that are taken in parts, of more columns than some kernels keep of all that an output reads.
  private func wideRows(_ rig: inout KernelRig, inPlace: Bool) -> Window {
    let (size, stride) = (rig.pick(3, 5, 7), inPlace ? 1 : rig.int(1...2))
    let input = [rig.int(1...4), rig.pick(31, 33, 64, 65, 140, 300)]
    let output = input.map { ($0 - 1) / stride + 1 }
    return Window(
      input: [rig.int(1...2), input[0], input[1]], output: [output[0], output[1]], kernel: [size, size],
      strides: [stride, stride],
      pads: [size / 2, size / 2], dilations: [1, 1])
  }

  /// Taps with so many columns between them that these are not widened together.
  private func farTaps(_ rig: inout KernelRig) -> Window {
    let (size, far) = (rig.pick(3, 5), rig.int(40...90))
    let reach = (size - 1) * far
    let input = [rig.int(1...9), rig.int(1...9)]
    let stride = rig.int(1...2)
    return Window(
      input: [2, input[0], input[1]], output: [(input[0] - 1) / stride + 1, (input[1] - 1) / stride + 1],
      kernel: [size, size], strides: [stride, stride], pads: [reach / 2, reach / 2], dilations: [far, far])
  }

  /// Pixels that an output written in place has to wait: those that windows behind it still read.
  private func delay(_ window: Window, _ rig: inout KernelRig) -> Int {
    let rows = farthest(window.kernelHeight, window.dilationHeight, window.padTop)
    let columns = farthest(window.kernelWidth, window.dilationWidth, window.padLeft)
    // No more than needed, or some more.
    let more = rig.chance(2) ? 0 : Int(window.dilationHeight)
    return (rows + more) * Int(window.inputWidth) + columns + more
  }

  /// How far behind an output lies what is read, forward or backward.
  private func farthest(_ kernel: Int32, _ dilation: Int32, _ pad: Int32) -> Int {
    Int(max(pad, (kernel - 1) * dilation - pad))
  }

  @Test(arguments: vectorTables, UInt64(0)..<8) func forward(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let inPlace = rig.chance(2)
      let shape = shape(&rig, inPlace: inPlace)
      let outputs = shape.outputs
      let x = rig.add(.i8, rig.integers(shape.window.inputPixels * outputs, from: -128))
      let y = inPlace ? x : rig.addRoom(.i8, shape.window.outputPixels * outputs)
      let w = rig.add(.i8, rig.integers(outputs * shape.window.taps))
      let scaling = rig.addScaling(outputs)
      let delay = inPlace ? delay(shape.window, &rig) : 0
      let operands = [y, x, w, scaling.multipliers, scaling.bias, rig.addRoom(.u8, outputs * (4 + delay))]
      let p = QuantizedDepthwiseParameters(
        shape: shape, inputZero: rig.int(-128...127),
        output: OutputRange(zeroPoint: rig.int(-128...127), low: rig.int(-128 ... -10), high: rig.int(10...127)),
        delay: delay, slots: 0b101_1111)
      let plain = rig.run(operands, p) { plainQuantizedDepthwise($0, p) }
      var isTiled = false
      let tiled = rig.run(operands, p) { isTiled = unsafe tiledDepthwise($0, p, table) }
      try #require(isTiled)
      let isEqual = rig.operand(y, of: tiled) == rig.operand(y, of: plain)
      try #require(isEqual, "\(shape), \(delay) pixels late")
    }
  }

  @Test(arguments: vectorTables, UInt64(0)..<8) func gradientOfTheInput(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let inPlace = rig.chance(2)
      let shape = shape(&rig, inPlace: inPlace)
      let channels = Int(shape.channels)
      let count = shape.window.inputPixels * channels
      let format = inPlace ? .q8 : rig.pick(GradientFormat.q8, .q8, .q16, .f32)
      let dy = rig.addGradient(shape.window.outputPixels * channels)
      let dx = inPlace ? dy : rig.addRoom(format.elementType, count)
      let w = rig.add(.i8, rig.integers(channels * shape.window.taps))
      let epilogue = rig.addEpilogue(
        count, channels: channels, format, isMeasured: !inPlace && rig.chance(2), from: 4)
      let delay = inPlace ? delay(shape.window, &rig) : 0
      let operands = [dx, dy, w] + epilogue.operands + [rig.addRoom(.u8, channels * (4 + delay))]
      let p = QuantizedDepthwiseGradInputParameters(
        shape: shape, output: GradientOutput(source: .q8, target: format, count: count, channels: channels),
        delay: delay, slots: 0b1000_0111 | epilogue.slots)
      let plain = rig.run(operands, p) { plainQuantizedDepthwiseGradInput($0, p) }
      var isTiled = false
      let tiled = rig.run(operands, p) { isTiled = unsafe tiledDepthwiseGradInput($0, p, table) }
      try #require(isTiled)
      let isEqual = rig.operand(dx, of: tiled) == rig.operand(dx, of: plain)
      try #require(isEqual, "\(shape), \(format), \(delay) pixels late")
    }
  }

  /// Against the sum of products as it is written down.
  @Test(arguments: vectorTables, UInt64(0)..<8) func gradientOfTheWeight(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let shape = shape(&rig, inPlace: false)
      try #require(shape.isTiled)
      let channels = Int(shape.channels)
      let start = rig.pick(0, 0, 5)
      let width = channels + start + rig.pick(0, 3)
      let zero = rig.int(-128...127)
      let first = rig.int(0...shape.window.taps - 1)
      let taps = first..<rig.int(first + 1...shape.window.taps)
      // Pixels in two parts, which may meet within a row.
      let (end, part) = (shape.window.outputPixels, rig.int(0...shape.window.outputPixels))
      var x = rig.integers(shape.window.inputPixels * channels, from: -128)
      var dy = rig.integers(shape.window.outputPixels * width, from: -128)
      var sums = [Int32](repeating: 5, count: taps.count * channels)
      var expected = sums
      shape.window.forOutputPixels { pixel, tap, source in
        guard let source, taps.contains(tap) else { return }
        for c in 0..<channels {
          let product = Int(dy[pixel * width + start + c]) * (Int(x[source * channels + c]) - zero)
          expected[(tap - first) * channels + c] += Int32(product)
        }
      }
      x.withUnsafeMutableBufferPointer { x in
        dy.withUnsafeMutableBufferPointer { dy in
          sums.withUnsafeMutableBufferPointer { sums in
            let sum = unsafe TiledDepthwiseGradWeight(
              shape: shape, x: Elements(base: x.baseAddress!, count: x.count), zero: Int32(zero),
              dy: Elements(base: dy.baseAddress!, count: dy.count), channels: Int32(width), start: Int32(start),
              sums: Elements(base: sums.baseAddress!, count: sums.count), kernels: table)
            KernelTeams.use(round % 4) {
              for pixels in [0..<part, part..<end] where !pixels.isEmpty { sum.add(pixels, taps) }
            }
          }
        }
      }
      try #require(sums == expected, "\(shape), taps \(taps)")
    }
  }
  /// Rows and columns so far apart, and rows so long, that their product leaves 32 bits: nothing of one row is taken for
  /// another one, and no ring is as long.
  @Test(arguments: vectorTables) func farRowsAndLongOnes(vectors: ck_vectors) throws {
    let table = try #require(unsafe ck_kernels_for(vectors)).pointee
    var window = ck_window(
      batch: 1, input: (65_537, 1), output: (2, 65_536), kernel: (1, 1), stride: (65_536, 1), pad: (0, 0),
      dilation: (1, 1))
    let x = [3] + [Int8](repeating: 0, count: 65_535) + [5]
    let dy = [Int8](repeating: 1, count: 131_072)
    var sums: [Int32] = [0]
    unsafe table.depthwise8_dw(&window, 1, 0, 1, x, 0, dy, 1, 0, 131_072, 0, 1, &sums)
    #expect(sums == [8])
    window.input = (65_536, 1)
    (window.output, window.stride, window.pad) = ((2, 65_537), (131_070, 1), (65_535, 0))
    let last = [Int8](repeating: 0, count: 65_535) + [7]
    sums = [0]
    unsafe table.depthwise8_dw(
      &window, 1, 0, 1, last, 0, dy + [1, 1], 1, 0, 131_074, 0, 1, &sums)
    #expect(sums == [7])

    // 7 taps, 64 bytes and so many groups come to 192 bytes more than 2^32.
    let long = 9_586_981
    window = ck_window(
      batch: 1, input: (1, 1), output: (1, Int32(long)), kernel: (7, 1), stride: (1, 2), pad: (0, 0), dilation: (1, 1))
    var y = [Int8](repeating: 0, count: long)
    var late = unsafe ck_late(delay: 0, line: nil)
    let (one, weights): ([Int8], [Int8]) = ([10], [4, 1, 1, 1, 1, 1, 1])
    unsafe table.depthwise8(&window, 1, 0, 1, one, 0, weights, nil, [1 << 30, 32], 1, -128, 127, &late, &y)
    #expect(y[0] == 11 && y.dropFirst().allSatisfy { $0 == 1 })
  }
}
