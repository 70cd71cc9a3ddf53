import CKernels

/// How threads share products in tiles: strips of rows where there are many of them, blocks of columns otherwise.
struct TileShares {
  struct Share {
    /// Pixels, and columns of each group.
    let rows: Range<Int>
    let columns: Range<Int>
  }

  let threads: Int
  private let rows: Int
  private let columns: Int
  private let splitsRows: Bool

  /// - Parameters:
  ///   - rows: pixels; `columns`: outputs, or channels, of a group; `depth`: products in a sum.
  ///   - scratch: bytes that the row has.
  init(_ shape: ConvShape, rows: Int, columns: Int, depth: Int, scratch: Int) {
    (self.rows, self.columns) = (rows, columns)
    let most = RowShares.threads(rows, depth &* Int(shape.groups), columns, scratch: scratch)
    // A strip of few rows costs as much packing of weights as one of many.
    splitsRows = rows >= 24 &* most || columns < TileScratch.columns &* most
    let parts = splitsRows ? (rows &+ 5) / 6 : (columns &+ TileScratch.columns &- 1) / TileScratch.columns
    threads = min(most, parts)
  }

  subscript(thread: Int) -> Share {
    let strips = RowShares.part(thread, of: splitsRows ? threads : 1, rows, step: 6)
    let blocks = RowShares.part(thread, of: splitsRows ? 1 : threads, columns, step: TileScratch.columns)
    return splitsRows ? Share(rows: strips, columns: 0..<columns) : Share(rows: 0..<rows, columns: blocks)
  }

  /// The scratch of a thread, that of the row for the one that calls the others; no smaller one than the row has.
  func scratch(_ thread: Int, _ row: Elements<UInt8>, _ tiles: ck_tiles, steps: Int) -> TileScratch? {
    TileScratch(RowShares.scratch(thread, row), tiles, rows: self[thread].rows.count, depth: steps)
  }
}
