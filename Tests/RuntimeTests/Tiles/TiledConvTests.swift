import CKernels
import Testing

@testable import Runtime

/// Integer convolutions in tiles come to the bytes of the plain kernels, whatever the shape and the scratch.
struct TiledConvTests {
  @Test(arguments: vectorTables, UInt64(0)..<8) func forward(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    var taken = 0
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let shape = rig.convolution()
      let outputs = Int(shape.outputs)
      let y = rig.addRoom(.i8, shape.window.outputPixels * outputs)
      let x = rig.add(.i8, rig.integers(shape.window.inputPixels * Int(shape.inputs), from: -128))
      let w = rig.add(.i8, rig.integers(outputs * shape.columns))
      let scaling = rig.addScaling(outputs)
      let operands = [y, x, w, scaling.multipliers, scaling.bias] + rig.addRegion(shape)
      let scratch = max(rig.pick(shape.integerScratchBytes(), 200, 4000, 65536), shape.columns * 4)
      let all = operands + [rig.addRoom(.u8, scratch)]
      let p = QuantizedConvParameters(
        shape: shape, inputZero: rig.int(-128...127),
        output: OutputRange(zeroPoint: rig.int(-128...127), low: rig.int(-128 ... -10), high: rig.int(10...127)),
        slots: shape.hasRegion ? 0b111_1111 : 0b101_1111)
      let plain = rig.run(all, p) { plainQuantizedConv($0, p) }
      var isTiled = false
      let tiled = rig.run(all, p) { isTiled = unsafe tiledConv($0, p, table) }
      guard isTiled else { continue }
      taken += 1
      try #require(rig.operand(y, of: tiled) == rig.operand(y, of: plain), "\(shape), \(scratch) bytes of scratch")
    }
    #expect(taken > 30)
  }

  @Test(arguments: vectorTables, UInt64(0)..<8) func gradientOfTheInput(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    var taken = 0
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let shape = rig.convolution()
      let channels = Int(shape.inputs)
      let count = shape.window.inputPixels * channels
      let format = rig.pick(GradientFormat.q8, .q8, .q16, .f32)
      let dx = rig.addRoom(format.elementType, count)
      let dy = rig.addGradient(shape.window.outputPixels * Int(shape.outputs))
      let w = rig.add(.i8, rig.integers(Int(shape.outputs) * shape.columns))
      let region = rig.addRegion(shape)
      let epilogue = rig.addEpilogue(count, channels: channels, format, isMeasured: rig.chance(2), from: 4)
      let scratch = rig.addRoom(.u8, max(rig.pick(2000, 8192, 65536), 4 * channels))
      let operands = [dx, dy, w] + region + epilogue.operands + [scratch]
      let p = QuantizedGradInputParameters(
        shape: shape, output: GradientOutput(source: .q8, target: format, count: count, channels: channels),
        slots: 0b1000_0111 | (shape.hasRegion ? 8 : 0) | epilogue.slots)
      let plain = rig.run(operands, p) { plainQuantizedGradInput($0, p) }
      var isTiled = false
      let tiled = rig.run(operands, p) { isTiled = unsafe tiledGradInput($0, p, table) }
      guard isTiled else { continue }
      taken += 1
      try #require(rig.operand(dx, of: tiled) == rig.operand(dx, of: plain), "\(shape), \(format)")
    }
    #expect(taken > 20)
  }

  /// Against the sum of products as it is written down.
  @Test(arguments: vectorTables, UInt64(0)..<8) func gradientOfTheWeight(vectors: ck_vectors, seed: UInt64) throws {
    let table = try #require(unsafe ck_kernels_for(vectors))
    var taken = 0
    for round in 0..<60 {
      var rig = KernelRig(seed: seed * 1000 + UInt64(round))
      let shape = rig.convolution(regions: false)
      let zero = Int32(rig.int(-128...127))
      let group = rig.int(0...Int(shape.groups) - 1)
      let first = shape.groups > 1 ? group * shape.groupOutputs : rig.int(0...Int(shape.outputs) - 1)
      let count = rig.int(1...(shape.groups > 1 ? shape.groupOutputs : Int(shape.outputs) - first))
      let start = rig.int(0...shape.window.outputPixels - 1)
      let pixels = start..<rig.int(start + 1...shape.window.outputPixels)
      var x = rig.integers(shape.window.inputPixels * Int(shape.inputs), from: -128)
      var dy = rig.integers(shape.window.outputPixels * Int(shape.outputs), from: -128)
      var sums = (0..<count * shape.columns).map { _ in Int32(rig.int(-1000...1000)) }
      var scratch = [Int16](repeating: 0, count: rig.pick(600, 2000, 8000, 40000))
      let expected = try products(shape, x, zero, dy, first, count, group, pixels)
      let isTiled = unsafe elements(&x) { x in
        unsafe elements(&dy) { dy in
          unsafe elements(&sums) { sums in
            unsafe elements(&scratch) { scratch in
              unsafe TiledGradWeight(shape, x, zero: zero, dy, scratch: scratch, table)!
                .sum(first, count, group: group, pixels, into: sums)
            }
          }
        }
      }
      guard isTiled else { continue }
      taken += 1
      try #require(sums == expected, "\(shape), outputs \(first) and \(count - 1) more, pixels \(pixels)")
    }
    #expect(taken > 30)
  }

  private func products(
    _ shape: ConvShape, _ x: [Int8], _ zero: Int32, _ dy: [Int8], _ first: Int, _ count: Int, _ group: Int,
    _ pixels: Range<Int>
  ) throws -> [Int32] {
    var sums = [Int32](repeating: 0, count: count * shape.columns)
    var (x, tile) = (x, [Int16](repeating: 0, count: shape.columns))
    for pixel in pixels {
      unsafe elements(&x) { x in
        unsafe elements(&tile) { shape.im2col(x, zeroPoint: zero, into: $0, pixel, 1, group: group) }
      }
      for o in 0..<count {
        let g = Int32(dy[pixel * Int(shape.outputs) + first + o])
        for k in 0..<shape.columns { sums[o * shape.columns + k] += g * Int32(tile[k]) }
      }
    }
    return sums
  }
}

/// An array as the kernels see it.
private func elements<T: BitwiseCopyable, R>(_ array: inout [T], _ body: (Elements<T>) -> R) -> R {
  array.withUnsafeMutableBufferPointer { unsafe body(Elements(base: $0.baseAddress!, count: $0.count)) }
}
