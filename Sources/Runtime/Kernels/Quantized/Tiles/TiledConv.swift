import CKernels
import CPlatform

/// The largest sum of products in a tile, so that a bias can be added: what `requantize` relies on.
private let mostColumns = (1 << 30) / (255 * 128)

/// `quantizedConv` in tiles of 16 outputs, the same bits; false where there are no vectors.
func tiledConv(_ call: Call, _ p: QuantizedConvParameters, _ table: UnsafePointer<ck_table>) -> Bool {
  let (shape, pixels) = (p.shape, p.shape.window.outputPixels)
  guard let kernels = unsafe table.pointee.tiles, shape.columns <= mostColumns else { return false }
  let room: Elements<UInt8> = call.elements(call.head.operands &- 1)
  guard unsafe TileScratch(room, kernels.pointee, rows: pixels, depth: shape.columns) != nil else { return false }
  let shares = TileShares(
    shape, rows: pixels, columns: shape.groupOutputs, depth: shape.columns, scratch: room.count)
  unsafe TiledConv(call, p, room, shares, kernels.pointee).run()
  return true
}

private struct TiledConv {
  let p: QuantizedConvParameters
  let shape: ConvShape
  /// Scratch of the row.
  let room: Elements<UInt8>
  let shares: TileShares
  let kernels: ck_tiles
  let y: Elements<Int8>
  let x: Elements<Int8>
  let w: Elements<Int8>
  let multipliers: Elements<Int32>
  let bias: Elements<Int32>?
  let region: Elements<Int8>?

  init(
    _ call: Call, _ p: QuantizedConvParameters, _ room: Elements<UInt8>, _ shares: TileShares, _ kernels: ck_tiles
  ) {
    self.p = p
    shape = p.shape
    self.room = room
    self.shares = shares
    self.kernels = kernels
    (y, x, w, multipliers) = (call.elements(0), call.elements(1), call.elements(2), call.elements(3))
    bias = call.slot(4, p)
    region = isBuilt(.regions) ? call.slot(5, p) : nil
  }

  /// All of it, by as many threads as share it.
  func run() {
    guard isBuilt(.threads), shares.threads > 1 else { return run(0) }
    var job = self
    unsafe withUnsafeMutablePointer(to: &job) {
      unsafe cp_share(
        Int32(shares.threads),
        { job, thread in unsafe job!.assumingMemoryBound(to: TiledConv.self).pointee.run(Int(thread)) }, $0)
    }
  }

  /// Some output pixels and outputs of each group.
  private func run(_ thread: Int) {
    let share = shares[thread]
    guard let tiles = shares.scratch(thread, room, kernels, steps: shape.columns) else { preconditionFailure() }
    for group in 0..<Int(shape.groups) {
      for first in stride(from: share.rows.lowerBound, to: share.rows.upperBound, by: tiles.rows) {
        run(group, first, min(tiles.rows, share.rows.upperBound &- first), share.columns, tiles)
      }
    }
  }

  /// `rows` output pixels from `first` on, and some outputs of a group.
  private func run(_ group: Int, _ first: Int, _ rows: Int, _ own: Range<Int>, _ tiles: TileScratch) {
    var strip = unsafe shape.strip(x, zero: p.inputZero, group: group, isBack: false)
    let columns = shape.columns
    let isWhole = tiles.depth >= columns
    for block in stride(from: own.lowerBound, to: own.upperBound, by: TileScratch.columns) {
      let output = group &* shape.groupOutputs &+ block
      let outputs = min(TileScratch.columns, own.upperBound &- block)
      for start in stride(from: 0, to: columns, by: tiles.depth) {
        let end = min(start &+ tiles.depth, columns)
        let ld = kernels.whole(end &- start)
        if !isWhole || block == own.lowerBound {
          unsafe kernels.strip(
            &strip, Int32(first), Int32(rows), Int32(start), Int32(end), tiles.strip, ld)
        }
        unsafe kernels.pack_rows(
          w.pointer + (output &* columns &+ start), columns, Int32(outputs), Int32(end &- start), tiles.block)
        if isBuilt(.regions), let region { pack(region, output, outputs, start, end, tiles) }
        unsafe kernels.dot(
          Int32(rows), Int32(TileScratch.columns), Int32(kernels.groups(end &- start)), tiles.strip, ld, tiles.block,
          p.inputZero, nil, tiles.sums, TileScratch.columns, start > 0 ? 1 : 0)
      }
      unsafe kernels.requantize(
        Int32(rows), Int32(outputs), tiles.sums, bias.map { unsafe $0.pointer + output },
        multipliers.pointer + 2 &* output,
        p.output.zeroPoint, p.output.low, p.output.high, y.pointer + (first &* Int(shape.outputs) &+ output),
        Int(shape.outputs))
    }
  }

  /// Weights of a region over those of the packed block.
  private func pack(
    _ region: Elements<Int8>, _ output: Int, _ outputs: Int, _ start: Int, _ end: Int, _ tiles: TileScratch
  ) {
    let (channels, from, width) = (Int(shape.inputs), Int(shape.regionStart), Int(shape.regionEnd &- shape.regionStart))
    for lane in 0..<outputs where shape.rows.contains(output &+ lane) {
      let own = region.from((output &+ lane &- Int(shape.rowStart)) &* shape.window.taps &* width)
      for tap in 0..<shape.window.taps {
        for c in 0..<width {
          let step = tap &* channels &+ from &+ c &- start
          guard 0 <= step, step < end &- start else { continue }
          unsafe kernels.put(own[tap &* width &+ c], tiles.block, step: step, column: lane)
        }
      }
    }
  }
}
