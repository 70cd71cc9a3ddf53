import CKernels
import CPlatform

/// `quantizedGradInput` of gradients of 8 bits in tiles of 16 input channels, the same bits; false where there are no
/// vectors.
func tiledGradInput(_ call: Call, _ p: QuantizedGradInputParameters, _ table: UnsafePointer<ck_table>) -> Bool {
  let (shape, pixels) = (p.shape, p.shape.window.inputPixels)
  let steps = shape.window.taps &* shape.groupOutputs
  guard let kernels = unsafe table.pointee.tiles, p.output.sourceFormat == .q8 else { return false }
  let dy = call.gradient(1, .q8, Int8.self)
  let room: Elements<UInt8> = call.elements(call.head.operands &- 1)
  guard unsafe TileScratch(room, kernels.pointee, rows: pixels, depth: steps) != nil else { return false }
  let product = unsafe TiledGradInput(
    shape: shape, room: room,
    shares: TileShares(shape, rows: pixels, columns: shape.groupInputs, depth: steps, scratch: room.count),
    kernels: kernels.pointee, dy: dy.elements, w: call.elements(2), region: isBuilt(.regions) ? call.slot(3, p) : nil)
  var sink = GradientSink(call, p.output, p.slots, from: 4)
  unsafe sink.writeTiles(channels: shape.inputs, scale: dy.scale) { unsafe product.run(&$0) }
  return true
}

private struct TiledGradInput {
  let shape: ConvShape
  /// Scratch of the row.
  let room: Elements<UInt8>
  let shares: TileShares
  let kernels: ck_tiles
  let dy: Elements<Int8>
  let w: Elements<Int8>
  let region: Elements<Int8>?

  /// All of it, by as many threads as share it.
  func run(_ gradient: inout ck_gradient) {
    guard isBuilt(.threads), shares.threads > 1 else { return unsafe run(0, &gradient) }
    unsafe GradientShares.run(shares.threads, &gradient) {
      var job = (self, $0)
      unsafe withUnsafeMutablePointer(to: &job) {
        unsafe cp_share(
          Int32(shares.threads),
          { job, thread in
            let job = unsafe job!.assumingMemoryBound(to: (TiledGradInput, GradientShares).self)
            unsafe job.pointee.1.run(Int(thread)) { unsafe job.pointee.0.run(Int(thread), &$0) }
          }, $0)
      }
    }
  }

  /// Some input pixels and channels of each group.
  private func run(_ thread: Int, _ gradient: inout ck_gradient) {
    let share = shares[thread]
    let steps = shape.window.taps &* shape.groupOutputs
    guard let tiles = shares.scratch(thread, room, kernels, steps: steps) else { preconditionFailure() }
    for group in 0..<Int(shape.groups) {
      for first in stride(from: share.rows.lowerBound, to: share.rows.upperBound, by: tiles.rows) {
        unsafe run(group, first, min(tiles.rows, share.rows.upperBound &- first), share.columns, tiles, &gradient)
      }
    }
  }

  /// `rows` input pixels from `first` on, and some channels of a group.
  private func run(
    _ group: Int, _ first: Int, _ rows: Int, _ own: Range<Int>, _ tiles: TileScratch, _ gradient: inout ck_gradient
  ) {
    var strip = unsafe shape.strip(dy, zero: 0, group: group, isBack: true)
    let steps = shape.window.taps &* shape.groupOutputs
    let isWhole = tiles.depth >= steps
    for block in stride(from: own.lowerBound, to: own.upperBound, by: TileScratch.columns) {
      let channels = min(TileScratch.columns, own.upperBound &- block)
      for start in stride(from: 0, to: steps, by: tiles.depth) {
        let end = min(start &+ tiles.depth, steps)
        let ld = kernels.whole(end &- start)
        if !isWhole || block == own.lowerBound {
          unsafe kernels.strip(
            &strip, Int32(first), Int32(rows), Int32(start), Int32(end), tiles.strip, ld)
        }
        pack(group, start, end, block, channels, tiles)
        unsafe kernels.dot(
          Int32(rows), Int32(TileScratch.columns), Int32(kernels.groups(end &- start)), tiles.strip, ld, tiles.block, 0,
          nil, tiles.sums, TileScratch.columns, start > 0 ? 1 : 0)
      }
      let channel = group &* shape.groupInputs &+ block
      unsafe kernels.gradient(
        &gradient, Int32(rows), Int32(channels), tiles.sums, first &* Int(shape.inputs) &+ channel, Int32(channel))
    }
  }

  /// The weights of the steps `start` ..< `end`, outputs of one tap after those of the tap before.
  private func pack(
    _ group: Int, _ start: Int, _ end: Int, _ channel: Int, _ channels: Int, _ tiles: TileScratch
  ) {
    let outputs = shape.groupOutputs
    var step = start
    while step < end {
      let (tap, output) = (step / outputs, step % outputs)
      let count = min(outputs &- output, end &- step)
      let row = group &* outputs &+ output
      unsafe kernels.pack_columns(
        Int32(step &- start), Int32(count), Int32(channels),
        w.pointer + (row &* shape.columns &+ tap &* shape.groupInputs &+ channel), shape.columns, tiles.block)
      if isBuilt(.regions), let region { pack(region, step &- start, row, count, tap, channel, channels, tiles) }
      step &+= count
    }
  }

  /// Weights of a region over those of the packed block.
  private func pack(
    _ region: Elements<Int8>, _ place: Int, _ row: Int, _ count: Int, _ tap: Int, _ channel: Int, _ channels: Int,
    _ tiles: TileScratch
  ) {
    let (from, width) = (Int(shape.regionStart), Int(shape.regionEnd &- shape.regionStart))
    let (first, end) = (max(from, channel), min(from &+ width, channel &+ channels))
    guard first < end else { return }
    for o in 0..<count where shape.rows.contains(row &+ o) {
      let own = region.from(((row &+ o &- Int(shape.rowStart)) &* shape.window.taps &+ tap) &* width)
      for c in first..<end {
        unsafe kernels.put(own[c &- from], tiles.block, step: place &+ o, column: c &- channel)
      }
    }
  }
}
