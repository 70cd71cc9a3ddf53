import CKernels

/// `gradWeightUpdate` of gradients of 8 bits in tiles, the same bits: weights move by the sums themselves, so that a part
/// of the scratch holds more rows than the plan says.
struct TiledGradWeightUpdate {
  private let p: QuantizedGradWeightParameters
  private let update: WeightUpdate
  private let x: Elements<Int8>
  private let dy: Gradient<Int8>
  private let scales: Elements<Float>
  /// Elements that share a scale of the optimizer's state, a power of two.
  private let unit: Int

  /// Nil where there are no vectors, or products that a sum may not hold.
  init?(
    _ call: Call, _ p: GradWeightUpdateParameters<QuantizedGradWeightParameters>, _ update: WeightUpdate,
    _ table: UnsafePointer<ck_table>
  ) {
    let shape = p.gradient.shape
    guard p.gradient.sourceFormat == .q8, shape.window.outputPixels <= safeProducts,
      unsafe table.pointee.dot16 != nil,
      unsafe update.takesSums(inner: shape.columns, channels: shape.rows.count, table)
    else { return nil }
    self.p = p.gradient
    self.update = update
    x = call.elements(p.inputOperand)
    dy = call.gradient(p.inputOperand &+ 1, .q8, Int8.self)
    scales = call.elements(p.inputOperand &+ 2)
    unit = p.update.partUnit
  }

  /// All rows, as many at a time as the scratch holds; false where it holds too few, and nothing has happened.
  func run(_ scratch: Elements<UInt8>, _ table: UnsafePointer<ck_table>) -> Bool {
    let (shape, rows) = (p.shape, p.shape.rows.count)
    guard let most = most(scratch.count) else { return false }
    let sums = scratch.holding(Int32.self)
    var first = 0
    while first < rows {
      // Rows of one group.
      let group = first / shape.groupOutputs
      let count = min(most, min(rows, (group &+ 1) &* shape.groupOutputs) &- first)
      let tile = scratch.from(4 &* count &* shape.columns).holding(Int16.self)
      guard
        let tiles = unsafe TiledGradWeight(shape, x, zero: p.inputZero, dy.elements, scratch: tile, table),
        tiles.sum(
          Int(shape.rowStart) &+ first, count, group: group, 0..<shape.window.outputPixels, into: sums)
      else {
        // Only for the first rows: later ones are no more.
        return false
      }
      unsafe update.run(first &* shape.columns, count &* shape.columns, sums, scale: dy.scale, scales, table)
      first &+= count
    }
    return true
  }

  /// Rows for which the scratch has room, with as many pixels of theirs at a time as pay; nil where it is for too few.
  private func most(_ bytes: Int) -> Int? {
    let pixels = min((p.shape.window.outputPixels &+ 1) & ~1, 64)
    let row = 4 &* p.shape.columns &+ 2 &* pixels
    let strip = 4 &* TileScratch.columns &* pixels
    let room = max(bytes &- strip, 0) / row
    let all = min(p.shape.groupOutputs, p.shape.rows.count)
    if room >= all { return all }
    // Whole blocks of the optimizer's state.
    let block = unit / min(p.shape.columns & (0 &- p.shape.columns), unit)
    return room >= block ? room / block &* block : nil
  }
}
