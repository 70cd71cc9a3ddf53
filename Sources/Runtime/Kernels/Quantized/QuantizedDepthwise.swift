import CKernels

/// Operands: y, x, weights, multipliers, bias, region weights, scratch.
public struct QuantizedDepthwiseParameters: SlottedParameters {
  public var shape: DepthwiseShape
  public var inputZero: Int32
  public var output: OutputRange
  /// Pixels in the ring buffer of an in-place output: y is written over x that many pixels late.
  public var delay: Int32
  public var slots: UInt32

  public init(shape: DepthwiseShape, inputZero: Int, output: OutputRange, delay: Int, slots: UInt32) {
    self.shape = shape
    self.inputZero = Int32(inputZero)
    self.output = output
    self.delay = Int32(delay)
    self.slots = slots
  }

  static var required: UInt32 { 0b100_1111 }

  func extent(slot: Int) -> Int? {
    guard output.isSane, -128 <= inputZero, inputZero <= 127, let outputs = shape.biasExtent,
      shape.window.taps <= safeProducts
    else { return nil }
    return switch slot {
    case 0: shape.outputExtent
    case 1: shape.inputExtent
    case 2: shape.weightExtent
    case 3: (Extent() * Int32(outputs) * 2).value
    case 4: outputs
    case 5: shape.regionExtent
    case 6: 0..<1 << 20 ~= delay ? (Extent() * Int32(outputs) * (4 + delay)).value : nil
    default: nil
    }
  }

  func type(slot: Int) -> ElementType {
    switch slot {
    case 3, 4: .i32
    case 6: .u8
    default: .i8
    }
  }
}

/// The depthwise form of `quantizedConv`.
func quantizedDepthwise(_ call: Call) {
  let p = call.parameters(QuantizedDepthwiseParameters.self)
  if isBuilt(.tiles), unsafe tiledDepthwise(call, p, ck_kernels()) { return }
  plainQuantizedDepthwise(call, p)
}

/// The reference of it.
func plainQuantizedDepthwise(_ call: Call, _ p: QuantizedDepthwiseParameters) {
  let shape = p.shape
  let x = call.elements(1, Int8.self)
  let weights = DepthwiseWeights(shape, call.elements(2), isBuilt(.regions) ? call.slot(5, p) : nil)
  let multipliers = call.elements(3, FixedPoint.self)
  let bias = call.slot(4, p, Int32.self)
  let (channels, outputs, multiplier) = (Int(shape.channels), shape.outputs, Int(shape.multiplier))
  let scratch = call.head.operands &- 1
  let sums = call.scratch(scratch, Int32.self)
  var y = DelayedWriter(
    call.elements(0, Int8.self), line: call.elements(scratch).from(4 &* outputs).first(Int(p.delay) &* outputs))
  let zero = Int16(truncatingIfNeeded: p.inputZero)
  shape.window.forOutputPixels { _, tap, source in
    if let source {
      weights.forRuns(of: tap) { first, count, w in
        for o in 0..<count {
          let c = multiplier == 1 ? first &+ o : (first &+ o) / multiplier
          // A product of 9 and 8 bits fits 16.
          sums[first &+ o] &+= Int32((Int16(x[source &* channels &+ c]) &- zero) &* Int16(w[o]))
        }
      }
    } else if tap == 0 {
      sums.first(outputs).fill(0)
    } else {
      for o in 0..<outputs { y.put(p.output.clamp(multipliers[o].scale(Int64(sums[o]) &+ Int64(bias?[o] ?? 0)))) }
    }
  }
  y.finish()
}

/// The weights of a depthwise convolution, those of the region from their own tensor.
struct DepthwiseWeights {
  private let shape: DepthwiseShape
  private let all: Elements<Int8>
  private let region: Elements<Int8>?

  init(_ shape: DepthwiseShape, _ all: Elements<Int8>, _ region: Elements<Int8>?) {
    self.shape = shape
    self.all = all
    self.region = region
  }

  /// The runs of output channels whose weights lie in one tensor: `body(first channel, channels, weights)`.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func forRuns(of tap: Int, _ body: (Int, Int, Elements<Int8>) -> Void) {
    let outputs = shape.outputs
    let row = all.from(tap &* outputs)
    guard isBuilt(.regions), let region else { return body(0, outputs, row) }
    let (start, end) = (Int(shape.regionStart), Int(shape.regionEnd))
    body(0, start, row)
    body(start, end &- start, region.from(tap &* (end &- start)))
    body(end, outputs &- end, row.from(end))
  }
}

extension Window {
  /// Every output pixel: `body(pixel, 0, nil)`, then `body(pixel, tap, input pixel)` for the taps that meet the
  /// picture, then `body(pixel, taps, nil)`.
  @inline(__always)
  func forOutputPixels(_ body: (Int, Int, Int?) -> Void) {
    walk(
      Int(outputHeight), Int(outputWidth), Int(inputHeight), Int(inputWidth), { rowTaps($0) }, { columnTaps($0) }, body)
  }

  /// Every input pixel in the same way: the taps through which output pixels read it, and those pixels.
  @inline(__always)
  func forInputPixels(_ body: (Int, Int, Int?) -> Void) {
    walk(
      Int(inputHeight), Int(inputWidth), Int(outputHeight), Int(outputWidth), { rowReaders($0) }, { columnReaders($0) },
      body)
  }

  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  private func walk(
    _ height: Int, _ width: Int, _ otherHeight: Int, _ otherWidth: Int, _ rowTaps: (Int) -> Taps,
    _ columnTaps: (Int) -> Taps, _ body: (Int, Int, Int?) -> Void
  ) {
    var pixel = 0
    for picture in 0..<Int(batch) {
      for row in 0..<height {
        let rows = rowTaps(row)
        for column in 0..<width {
          let columns = columnTaps(column)
          body(pixel, 0, nil)
          for i in 0..<rows.count {
            let line = (picture &* otherHeight &+ rows.index &+ i &* rows.indexStep) &* otherWidth
            for j in 0..<columns.count {
              let tap =
                (rows.first &+ i &* rows.step) &* Int(kernelWidth) &+ columns.first &+ j &* columns.step
              body(pixel, tap, line &+ columns.index &+ j &* columns.indexStep)
            }
          }
          body(pixel, taps, nil)
          pixel &+= 1
        }
      }
    }
  }
}
