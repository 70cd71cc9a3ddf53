import CKernels

/// Operands: y, x, weights, multipliers (mantissa and shift of each output), bias, region weights, scratch.
public struct QuantizedConvParameters: SlottedParameters {
  public var shape: ConvShape
  public var inputZero: Int32
  public var output: OutputRange
  public var slots: UInt32

  public init(shape: ConvShape, inputZero: Int, output: OutputRange, slots: UInt32) {
    self.shape = shape
    self.inputZero = Int32(inputZero)
    self.output = output
    self.slots = slots
  }

  static var required: UInt32 { 0b100_1111 }

  func extent(slot: Int) -> Int? {
    guard output.isSane, -128 <= inputZero, inputZero <= 127 else { return nil }
    return switch slot {
    case 0: shape.outputExtent
    case 1: shape.inputExtent
    case 2: shape.weightExtent
    case 3: (Extent() * shape.outputs * 2).value
    case 4: (Extent() * shape.outputs).value
    case 5: shape.regionExtent
    case 6: shape.integerScratch(tiles: 1, sums: 0)
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

/// y = clamp(z_y + rnd(M[o] · (Σ w·(x − z_x) + bias[o]))).
func quantizedConv(_ call: Call) {
  let p = call.parameters(QuantizedConvParameters.self)
  if isBuilt(.tiles), unsafe tiledConv(call, p, ck_kernels()) { return }
  plainQuantizedConv(call, p)
}

/// The reference of all integer convolutions.
func plainQuantizedConv(_ call: Call, _ p: QuantizedConvParameters) {
  let shape = p.shape
  let (y, x, w) = (call.elements(0, Int8.self), call.elements(1, Int8.self), call.elements(2, Int8.self))
  let multipliers = call.elements(3, FixedPoint.self)
  let bias = call.slot(4, p, Int32.self)
  let region = isBuilt(.regions) ? call.slot(5, p, Int8.self) : nil
  let columns = shape.columns
  let row = call.scratch(call.head.operands &- 1, Int16.self)
  let tile = row.from(columns)
  let outputs = Int(shape.outputs)
  for group in 0..<Int(shape.groups) {
    shape.forTiles(tile.count) { first, pixels in
      shape.im2col(x, zeroPoint: p.inputZero, into: tile, first, pixels, group: group)
      for output in (group &* shape.groupOutputs)..<((group &+ 1) &* shape.groupOutputs) {
        shape.copyWeights(w, region, of: output, into: row)
        let multiplier = multipliers[output]
        let start = Int64(bias?[output] ?? 0)
        for pixel in 0..<pixels {
          let sum = start &+ dot(tile.from(pixel &* columns), row, columns)
          y[(first &+ pixel) &* outputs &+ output] = p.output.clamp(multiplier.scale(sum))
        }
      }
    }
  }
}

/// Products of a difference of activations, at most 255, and an 8-bit weight or gradient whose sum is sure to fit 32
/// bits.
public let safeProducts = 65_536

/// Σ a·b of any length, added up in 32 bits as long as these hold it.
@inline(__always)
private func dot(_ a: Elements<Int16>, _ b: Elements<Int16>, _ count: Int) -> Int64 {
  guard isBuilt(.longSums) else { return Int64(partialDot(a, b, count)) }
  var sum: Int64 = 0
  for start in stride(from: 0, to: count, by: safeProducts) {
    sum &+= Int64(partialDot(a.from(start), b.from(start), min(safeProducts, count &- start)))
  }
  return sum
}

/// Σ a·b of at most `safeProducts`. Neighbours are added first, which processors have an instruction for.
@inline(__always)
private func partialDot(_ a: Elements<Int16>, _ b: Elements<Int16>, _ count: Int) -> Int32 {
  var sums = SIMD4<Int32>()
  let vectors = count & ~7
  for k in stride(from: 0, to: vectors, by: 8) {
    let products = SIMD8<Int32>(truncatingIfNeeded: a.eight(k)) &* SIMD8<Int32>(truncatingIfNeeded: b.eight(k))
    sums &+= products.evenHalf &+ products.oddHalf
  }
  var sum = sums.wrappedSum()
  for k in vectors..<count { sum &+= Int32(a[k]) &* Int32(b[k]) }
  return sum
}

extension Elements<Int16> {
  /// Eight elements from `index` on.
  @inline(__always)
  fileprivate func eight(_ index: Int) -> SIMD8<Int16> {
    assert(index >= 0 && index + 8 <= count)
    return unsafe UnsafeRawPointer(pointer + index).loadUnaligned(as: SIMD8<Int16>.self)
  }
}

extension ConvShape {
  /// Bytes of scratch: `tiles` im2col rows as 16-bit integers beside one of weights, and `sums` sums of
  /// 8 bytes for each column.
  func integerScratch(tiles: Int32, sums: Int32) -> Int? {
    guard weightExtent != nil else { return nil }
    let columns = Extent() * window.kernelHeight * window.kernelWidth * (inputs / groups)
    return (columns * (2 &* (tiles &+ 1) &+ 8 &* sums)).value
  }

  /// Bytes of scratch that the integer kernels are given: more tiles than they need, for speed, within 8 KiB.
  public func integerScratchBytes(sums: Int = 0) -> Int {
    let tiles = max(1, min(min(pixelsPerTile / 4, window.outputPixels), 8192 / (2 * columns) - 1))
    return columns * (2 * (tiles + 1) + 8 * sums)
  }

  /// The weights of one output as 16-bit integers, those of the region from their own tensor.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  func copyWeights(_ w: Elements<Int8>, _ region: Elements<Int8>?, of output: Int, into row: Elements<Int16>) {
    let columns = columns
    let own = w.from(output &* columns)
    for k in 0..<columns { row[k] = Int16(own[k]) }
    guard isBuilt(.regions), let region, rows.contains(output) else { return }
    let (start, width, channels) = (Int(regionStart), Int(regionEnd &- regionStart), Int(inputs))
    let trained = region.from((output &- Int(rowStart)) &* window.taps &* width)
    for tap in 0..<window.taps {
      for c in 0..<width { row[tap &* channels &+ start &+ c] = Int16(trained[tap &* width &+ c]) }
    }
  }

  /// im2col of the input less its zero point: a row for each output pixel, a column for each weight of one output.
  #if hasFeature(Embedded)
    @inline(never)
  #endif
  func im2col(
    _ x: Elements<Int8>, zeroPoint: Int32, into tile: Elements<Int16>, _ first: Int, _ count: Int, group: Int
  ) {
    let channels = groupInputs
    let zero = Int16(truncatingIfNeeded: zeroPoint)
    tile.first(count &* columns).fill(0)
    forReads(first, count, group: group) { to, from in
      for c in 0..<channels { tile[to &+ c] = Int16(x[from &+ c]) &- zero }
    }
  }
}
