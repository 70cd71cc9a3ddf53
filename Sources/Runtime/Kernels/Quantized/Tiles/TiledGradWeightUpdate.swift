import CKernels
import CPlatform

/// `gradWeightUpdate` of gradients of 8 bits in tiles, the same bits: weights move by the sums themselves, so that a part
/// of the scratch holds more rows than the plan says.
struct TiledGradWeightUpdate {
  private let p: QuantizedGradWeightParameters
  private let update: WeightUpdate
  private let x: Elements<Int8>
  private let dy: Gradient<Int8>
  private let scales: Elements<Float>
  /// Scratch of the row, and the rows of the gradient for which it has room at a time.
  private let room: Elements<UInt8>
  private let most: Int
  /// Rows that hold whole blocks of the optimizer's state.
  private let block: Int
  private let threads: Int
  private let table: UnsafePointer<ck_table>

  /// Nil where there are no vectors, products that a sum may not hold, or too little scratch.
  init?(
    _ call: Call, _ p: GradWeightUpdateParameters<QuantizedGradWeightParameters>, _ update: WeightUpdate,
    _ table: UnsafePointer<ck_table>
  ) {
    let shape = p.gradient.shape
    guard p.gradient.sourceFormat == .q8, shape.window.outputPixels <= safeProducts,
      let tiles = unsafe table.pointee.tiles,
      unsafe update.takesSums(inner: shape.columns, channels: shape.rows.count, table)
    else { return nil }
    let unit = p.update.partUnit
    block = unit / min(shape.columns & (0 &- shape.columns), unit)
    room = call.elements(call.head.operands &- 1)
    guard let most = unsafe shape.most(room.count, tiles.pointee, block: block) else { return nil }
    self.most = most
    self.p = p.gradient
    self.update = update
    x = call.elements(p.inputOperand)
    dy = call.gradient(p.inputOperand &+ 1, .q8, Int8.self)
    scales = call.elements(p.inputOperand &+ 2)
    unsafe self.table = table
    // An update of a weight takes as long as some twenty products.
    threads = RowShares.threads(
      shape.window.outputPixels &+ 20, shape.columns, shape.rows.count, scratch: room.count)
  }

  /// All rows, by as many threads as share them.
  func run() {
    guard isBuilt(.threads), threads > 1 else { return run(0) }
    var job = self
    unsafe withUnsafeMutablePointer(to: &job) {
      unsafe cp_share(
        Int32(threads),
        { job, thread in unsafe job!.assumingMemoryBound(to: TiledGradWeightUpdate.self).pointee.run(Int(thread)) },
        $0)
    }
  }

  /// The rows of a thread, as many at a time as the scratch holds.
  private func run(_ thread: Int) {
    let shape = p.shape
    let own = RowShares.part(thread, of: threads, shape.rows.count, step: block)
    let scratch = RowShares.scratch(thread, room)
    let sums = scratch.holding(Int32.self)
    var first = own.lowerBound
    while first < own.upperBound {
      // Rows of one group.
      let group = first / shape.groupOutputs
      let count = min(most, min(own.upperBound, (group &+ 1) &* shape.groupOutputs) &- first)
      let tile = scratch.from(4 &* count &* shape.columns).holding(Int16.self)
      guard
        let tiles = unsafe TiledGradWeight(shape, x, zero: p.inputZero, dy.elements, scratch: tile, table),
        tiles.sum(
          Int(shape.rowStart) &+ first, count, group: group, 0..<shape.window.outputPixels, into: sums)
      else { preconditionFailure() }
      unsafe update.run(first &* shape.columns, count &* shape.columns, sums, scale: dy.scale, scales, table)
      first &+= count
    }
  }
}

extension ConvShape {
  /// Rows for which so much scratch has room, with as many pixels of theirs at a time as pay; nil where it is for too few.
  fileprivate func most(_ bytes: Int, _ tiles: ck_tiles, block: Int) -> Int? {
    let operandBytes = Int(tiles.bytes)
    let pixels = tiles.whole(min(window.outputPixels, 64))
    let row = 4 &* columns &+ TiledGradWeight.startBytes(tiles) &+ operandBytes &* pixels
    let strip = 2 &* operandBytes &* TileScratch.columns &* pixels
    let room = max(bytes &- strip, 0) / row
    let all = min(groupOutputs, rows.count)
    if room >= all { return all }
    return room >= block ? room / block &* block : nil
  }
}
