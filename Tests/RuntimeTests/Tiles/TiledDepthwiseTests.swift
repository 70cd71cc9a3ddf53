import CKernels
import Testing

@testable import Runtime

/// Depthwise layers of 8 bits by blocks of channels come to the bytes of the plain kernels, also over what they read.
struct TiledDepthwiseTests {
  /// - Parameter inPlace: of the size of its input.
  private func shape(_ rig: inout KernelRig, inPlace: Bool) -> DepthwiseShape {
    DepthwiseShape(
      window: !inPlace && rig.chance(12) ? farTaps(&rig) : rig.window(sameSize: inPlace),
      channels: rig.pick(1, 3, 5, 8, 16, 17, 24, 40, 48, 80), multiplier: 1, region: nil)
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
  private func delay(_ window: Window) -> Int {
    let dilation = Int(window.dilationHeight)
    return (Int(window.padTop) + dilation) * Int(window.inputWidth) + Int(window.padLeft) + dilation
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
      let delay = inPlace ? delay(shape.window) : 0
      let operands = [y, x, w, scaling.multipliers, scaling.bias, rig.addRoom(.u8, outputs * (4 + delay))]
      let p = QuantizedDepthwiseParameters(
        shape: shape, inputZero: rig.int(-128...127),
        output: OutputRange(zeroPoint: rig.int(-128...127), low: rig.int(-128 ... -10), high: rig.int(10...127)),
        delay: delay, slots: 0b101_1111)
      let plain = rig.run(operands, p) { plainQuantizedDepthwise($0, p) }
      var isTiled = false
      let tiled = rig.run(operands, p) { isTiled = unsafe tiledDepthwise($0, p, table) }
      try #require(isTiled)
      try #require(rig.operand(y, of: tiled) == rig.operand(y, of: plain), "\(shape), \(delay) pixels late")
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
      let delay = inPlace ? delay(shape.window) : 0
      let operands = [dx, dy, w] + epilogue.operands + [rig.addRoom(.u8, channels * (4 + delay))]
      let p = QuantizedDepthwiseGradInputParameters(
        shape: shape, output: GradientOutput(source: .q8, target: format, count: count, channels: channels),
        delay: delay, slots: 0b1000_0111 | epilogue.slots)
      let plain = rig.run(operands, p) { plainQuantizedDepthwiseGradInput($0, p) }
      var isTiled = false
      let tiled = rig.run(operands, p) { isTiled = unsafe tiledDepthwiseGradInput($0, p, table) }
      try #require(isTiled)
      try #require(
        rig.operand(dx, of: tiled) == rig.operand(dx, of: plain), "\(shape), \(format), \(delay) pixels late")
    }
  }

  /// Against the sum of products as it is written down.
  @Test(arguments: vectorTables, UInt64(0)..<8) func gradientOfTheWeight(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let shape = shape(&rig, inPlace: false)
      let channels = Int(shape.channels)
      let start = rig.pick(0, 0, 5)
      let width = channels + start + rig.pick(0, 3)
      let zero = rig.int(-128...127)
      let first = rig.int(0...shape.window.taps - 1)
      let taps = first..<rig.int(first + 1...shape.window.taps)
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
            KernelTeams.use(round % 4) { sum.add(0..<shape.window.outputPixels, taps) }
          }
        }
      }
      try #require(sums == expected, "\(shape), taps \(taps)")
    }
  }
}
